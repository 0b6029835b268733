/** What the proxy shows in place of a guarded page while the store is away. */
export default function Outage() {
  return (
    <>
      <h1>Back in a moment</h1>
      <p>We cannot look up your session just now. You are still signed in.</p>
    </>
  );
}
