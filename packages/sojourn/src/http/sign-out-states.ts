import type { Sealer } from "../crypto/seal.ts";
import type { Clock } from "../ports/clock.ts";

/** How long somebody may think about it on the provider's page, in ms. */
const life = 3_600_000;

/**
 * Where a browser goes that comes back from signing out at a provider: in the `state` of that, sealed, so that
 * only what was judged here is ever followed.
 */
export class SignOutStates {
  readonly #sealer: Sealer;
  readonly #clock: Clock;

  constructor(sealer: Sealer, clock: Clock) {
    this.#sealer = sealer;
    this.#clock = clock;
  }

  seal(provider: string, target: string): string {
    return this.#sealer.seal(provider, JSON.stringify({ target, at: this.#clock.now() }));
  }

  /** The target; null for a state that is not ours, of another provider, or too old. */
  open(provider: string, state: string): string | null {
    const opened = this.#sealer.open(provider, state);
    if (opened === null) return null;
    const { target, at } = JSON.parse(opened) as { readonly target: string; readonly at: number };
    return this.#clock.now() < at + life ? target : null;
  }
}
