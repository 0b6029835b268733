import type { Connection } from "./connection.ts";

/** Where the server wants a token with each change, it hands one out. @returns whether there is a new one. @throws where nobody answers. */
export async function learnCsrfToken(connection: Connection): Promise<boolean> {
  const { csrf } = connection;
  const before = csrf["X-CSRF-Token"];
  const response = await connection.send("GET", "/csrf-token");
  if (response.ok) csrf["X-CSRF-Token"] = ((await response.json()) as { readonly token: string }).token;
  return csrf["X-CSRF-Token"] !== before;
}
