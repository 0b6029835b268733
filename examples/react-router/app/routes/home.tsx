import { Link } from "react-router";

export default function Home() {
  return (
    <>
      <title>Sojourn in React Router</title>
      <h1>Sojourn in React Router</h1>
      <p>
        Your <Link to="/account">account</Link> is for you alone.
      </p>
    </>
  );
}
