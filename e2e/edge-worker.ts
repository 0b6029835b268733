import { createVerifier, type Verifier } from "sojourn/verify";

/** What an edge is told by its platform. */
export interface EdgeSettings {
  readonly baseURL: string;
  readonly alg: "HS256" | "EdDSA";
  readonly secret: string | undefined;
  readonly service: { readonly id: string; readonly secret: string };
}

let verifier: Verifier | undefined;

/** A program for any edge: tells who a request is from. */
export async function answer(
  request: Request,
  { alg, service, ...settings }: EdgeSettings,
  waitUntil?: (work: Promise<unknown>) => void,
): Promise<Response> {
  verifier ??= createVerifier({
    ...settings,
    jwt: { alg },
    revocations: { service, maxRevocationLag: "1s" },
    onFailure: (error) => console.error(String(error)),
  });
  return Response.json(await verifier.authenticate(request, { waitUntil }));
}
