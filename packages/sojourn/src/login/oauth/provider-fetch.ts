import type { Clock } from "../../ports/clock.ts";

/** How a provider is called: like `fetch`, as far as we need it. */
export type ProviderFetch = (url: string, init?: RequestInit) => Promise<Response>;

/** How long a provider may take, in ms: somebody is looking at an empty page meanwhile. */
const patience = 10_000;

/** More no answer of a provider has; key sets and profiles take a tenth of it. */
const mostBytes = 256 * 1024;

/**
 * A fetch that neither waits for ever, nor reads without end, nor follows a redirect: a provider that is
 * slow, broken or taken over costs one sign-in and no more.
 */
export function boundedFetch(fetch: ProviderFetch, clock: Clock): ProviderFetch {
  return async (url, init = {}) => {
    const giveUp = new AbortController();
    const cancel = clock.setTimer(patience, () =>
      giveUp.abort(new DOMException("The provider took too long.", "TimeoutError")),
    );
    const signals = [giveUp.signal, ...(init.signal ? [init.signal] : [])];
    try {
      const response = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.any(signals) });
      const { status, headers } = response;
      const body = await readBounded(response);
      return new Response(body.length === 0 ? null : body, { status, headers });
    } finally {
      cancel();
    }
  };
}

async function readBounded({ body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop closes the connection.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > mostBytes) throw new Error(`The provider's answer has more than ${mostBytes} bytes.`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
