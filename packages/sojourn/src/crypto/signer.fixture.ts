import type { SessionClaims, TokenKind } from "../domain/claims.ts";
import type { JwsAlgorithm } from "./algorithms.ts";

/** Secrets that do not change, so that what is made with them can be written down in a test. */
export const secrets = [
  "Vb0p7eXqL3mZt9RkYw2sHc8uJd5fNg1oAi6xTe4rQvM",
  "8fQzW1nKc5YtGm7LxRb2DhV0sPe9JaU4iOo3TkXwN6E",
] as const;

export const kinds: readonly TokenKind[] = ["access", "session"];
export const algorithms: readonly JwsAlgorithm[] = ["HS256", "HS384", "HS512", "EdDSA", "ES256"];

/** Claims as a session has them, with text that is more than ASCII. */
export const claims: SessionClaims = {
  iss: "https://app.example",
  aud: "https://app.example",
  sub: "user-1",
  sid: "01a1fc42-d27b-7000-8000-000000000000",
  iat: 1_795_233_600,
  exp: 1_795_234_500,
  jti: "jti-1",
  client_id: "app",
  auth_time: 1_795_233_600,
  amr: ["pwd"],
  kind: "user",
  method: "password",
  transport: "cookie",
  remember: false,
  session_start: 1_795_233_600,
  session_exp: 1_797_825_600,
  idle: 604_800,
  last_seen: 1_795_233_600,
  user: { id: "user-1", email: "ada@example.com", name: "Ada L\u00f6velace \u{1f511}" },
};

/** base64url of a text or of the JSON of a value. */
export function encode(value: unknown): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
}

export function headerOfToken(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as Record<
    string,
    unknown
  >;
}
