import Link from "next/link";

/** Made when the app is built, and the same for everybody: it asks for no session. */
export default function Home() {
  return (
    <>
      <h1>Signed in once, everywhere at home</h1>
      <p>
        This page is prerendered, and any cache may keep it. The <Link href="/dashboard">dashboard</Link> is
        yours alone.
      </p>
    </>
  );
}
