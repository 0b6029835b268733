import { createFileRoute, Link } from "@tanstack/react-router";

export const Route = createFileRoute("/")({ component: Home });

function Home() {
  return (
    <>
      <h1>Sojourn in TanStack Start</h1>
      <p>
        Your <Link to="/account">account</Link> is for you alone.
      </p>
    </>
  );
}
