/** Prerendered, and guarded by the proxy alone, as no page should be: so it shows what gets past the proxy. */
export default function Bare() {
  return <p>nobody asked who you are</p>;
}
