import type { KeyRing } from "../crypto/key-ring.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import { type PrivacyRules, reducedMark } from "../domain/privacy.ts";
import { longestUserAgent, type RequestContext, type ToldContext } from "../domain/request-context.ts";
import type { ClientReduction } from "./client-reduction.ts";

/**
 * What of a client's address and user agent is kept and told. Everything that stores or shows them asks here; what only
 * compares or counts while a request is served sees them as they came.
 */
export class ClientPrivacy {
  readonly #rules: Partial<PrivacyRules>;
  readonly #ring: KeyRing;
  #reduction: MaybePromise<ClientReduction> | null = null;

  /** @param ring whose keys are in digests of user agents. */
  constructor(rules: Partial<PrivacyRules>, ring: KeyRing) {
    this.#rules = rules;
    this.#ring = ring;
  }

  /** What goes into the store. */
  kept(client: RequestContext): MaybePromise<RequestContext> {
    const { ip, userAgent } = client;
    const cut = { ip, userAgent: userAgent?.slice(0, longestUserAgent) ?? null };
    return this.#isPlain(userAgent) ? cut : andThen(this.#load(), (reduction) => reduction.kept(cut));
  }

  /** What goes into events, logs and replies; of a request, or of a session as it is kept. */
  told(client: RequestContext): MaybePromise<ToldContext> {
    return this.#isPlain(client.userAgent)
      ? client
      : andThen(this.#load(), (reduction) => reduction.told(client));
  }

  /** Whether a request has the user agent that a session is kept with. @param presented as it was sent. */
  sameAgent(kept: string | null, presented: string | null): MaybePromise<boolean> {
    if (kept === presented || !isReduced(kept)) return kept === presented;
    return andThen(this.#load(), (reduction) => reduction.sameAgent(kept, presented));
  }

  /** Sessions may be older than the rules. */
  #isPlain(userAgent: string | null): boolean {
    const { ip = "full", userAgent: agent = "full" } = this.#rules;
    return ip === "full" && agent === "full" && !isReduced(userAgent);
  }

  #load(): MaybePromise<ClientReduction> {
    this.#reduction ??= import("./client-reduction.ts").then(
      (loaded) =>
        (this.#reduction = new loaded.ClientReduction(this.#rules, loaded.clientDigest(this.#ring))),
    );
    return this.#reduction;
  }
}

function isReduced(userAgent: string | null): boolean {
  return userAgent?.startsWith(reducedMark) === true;
}
