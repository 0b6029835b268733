import { requireSession } from "../../lib/auth";

export default async function Private() {
  const { user } = await requireSession();
  return <p>signed in as {user.id}</p>;
}
