"use client";

/** Also shown while the store is away. Nobody is signed out by that. */
export default function Failure({ reset }: { readonly reset: () => void }) {
  return (
    <>
      <h1>This did not work</h1>
      <p>It is not your fault, and you are still signed in.</p>
      <button onClick={reset}>Try again</button>
    </>
  );
}
