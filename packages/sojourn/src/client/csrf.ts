const header = "X-CSRF-Token";

/** What it takes to ask for a token, and where it is kept. */
interface Asking {
  readonly csrf: Record<string, string>;
  send(method: string, path: string): Promise<Response>;
}

/** Where the server wants a token with each change, it hands one out. @returns whether there is a new one. @throws where nobody answers. */
export async function learnCsrfToken(asking: Asking): Promise<boolean> {
  const { csrf } = asking;
  const before = csrf[header];
  const response = await asking.send("GET", "/csrf-token");
  if (response.ok) csrf[header] = ((await response.json()) as { readonly token: string }).token;
  return csrf[header] !== before;
}
