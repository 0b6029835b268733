import { describe, expect, it } from "vitest";
import { createKeyRing } from "../crypto/key-ring.ts";
import { createSealer } from "../crypto/seal.ts";
import type { ProviderTokens } from "../login/redirect-method.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import { memory } from "../stores/memory/index.ts";
import { type FakeClock, fakeClock } from "../testing/index.ts";
import { sampleLogin, sampleMethod } from "./provider-login.fixture.ts";
import { ProviderTokensKept } from "./provider-tokens.ts";

const secret = "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM";
const hour = 3_600_000;

/** A provider that takes each refresh token once, as rotation has it, and ends everything when one comes twice. */
class RotatingProvider {
  readonly used: string[] = [];
  #head = "refresh-0";
  #dead = false;
  readonly #clock: FakeClock;
  /** What has to happen before it answers. */
  gate: Promise<void> = Promise.resolve();

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  get isDead(): boolean {
    return this.#dead;
  }

  first(): ProviderTokens {
    return {
      accessToken: "access-0",
      refreshToken: this.#head,
      expiresAt: this.#clock.now() + hour,
      scope: "mail",
    };
  }

  readonly refresh = async (refreshToken: string): Promise<ProviderTokens | null> => {
    await this.gate;
    this.used.push(refreshToken);
    if (refreshToken !== this.#head) this.#dead = true;
    if (this.#dead) return null;
    this.#head = `refresh-${this.used.length}`;
    return {
      accessToken: `access-${this.used.length}`,
      refreshToken: this.#head,
      expiresAt: this.#clock.now() + hour,
      scope: "mail",
    };
  };
}

/** Something that others wait for, until it is opened. */
function opening(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((open) => {
    resolve = open;
  });
  return { promise, resolve };
}

interface Scene {
  readonly clock: FakeClock;
  readonly entries: EntryStore;
  readonly provider: RotatingProvider;
  /** Another process of the same app. */
  node(): ProviderTokensKept;
  readonly method: ReturnType<typeof sampleMethod>;
}

function scene(): Scene {
  const clock = fakeClock();
  const entries = memory().entries as EntryStore;
  const provider = new RotatingProvider(clock);
  const node = (): ProviderTokensKept =>
    new ProviderTokensKept({
      entries,
      clock,
      sealer: createSealer(createKeyRing([secret]), "provider-secret"),
    });
  return { clock, entries, provider, node, method: sampleMethod({ storeTokens: true }, provider.refresh) };
}

describe("a provider's tokens", () => {
  it("are given out until shortly before they run out, then renewed", async () => {
    const { clock, provider, node, method } = scene();
    const kept = node();
    await kept.keep(sampleLogin({ tokens: provider.first() }), "ada");
    const first = await kept.token(method, "ada");
    expect(first).toEqual({ accessToken: "access-0", expiresAt: "2030-01-01T01:00:00.000Z", scope: "mail" });
    clock.jumpTo(clock.now() + hour - 59_000);
    expect((await kept.token(method, "ada"))?.accessToken).toBe("access-1");
    expect((await node().token(method, "ada"))?.accessToken).toBe("access-1");
    expect(provider.used).toEqual(["refresh-0"]);
  });

  it("are nobody else's, and none of another provider", async () => {
    const { provider, node, method } = scene();
    const kept = node();
    await kept.keep(sampleLogin({ tokens: provider.first() }), "ada");
    expect(await kept.token(method, "bob")).toBe(null);
    expect(await kept.token({ ...method, name: "other" }, "ada")).toBe(null);
  });

  it("lie in the store sealed, and are of no use under another secret", async () => {
    const { clock, entries, provider, node, method } = scene();
    await node().keep(sampleLogin({ tokens: provider.first() }), "ada");
    const listed = await entries.list("provider-token", "ada", clock.now(), { limit: 10, after: null });
    expect(JSON.stringify(listed)).not.toMatch(/access-|refresh-/);
    const sealer = createSealer(createKeyRing([[...secret].toReversed().join("")]), "provider-secret");
    expect(await new ProviderTokensKept({ entries, clock, sealer }).token(method, "ada")).toBe(null);
  });

  it("are renewed once however many ask at once, in this process and in others", async () => {
    const { clock, provider, node, method } = scene();
    await node().keep(sampleLogin({ tokens: provider.first() }), "ada");
    clock.jumpTo(clock.now() + hour);
    const open = opening();
    provider.gate = open.promise;
    const nodes = [node(), node(), node()];
    const asked = [...nodes, ...nodes].map((kept) => kept.token(method, "ada"));
    await clock.advance(1000);
    open.resolve();
    await clock.advance(1000);
    expect(new Set((await Promise.all(asked)).map((one) => one?.accessToken))).toEqual(new Set(["access-1"]));
    expect(provider.used).toEqual(["refresh-0"]);
  });

  it("are waited for by all that ask this process, and not looked for again", async () => {
    const { clock, provider, node, method } = scene();
    const kept = node();
    await kept.keep(sampleLogin({ tokens: provider.first() }), "ada");
    clock.jumpTo(clock.now() + hour);
    const [first, second] = await Promise.all([kept.token(method, "ada"), kept.token(method, "ada")]);
    expect([first?.accessToken, second?.accessToken]).toEqual(["access-1", "access-1"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("are looked at once more before they are renewed: somebody may just have been done with it", async () => {
    const { clock, entries, provider, node, method } = scene();
    await node().keep(sampleLogin({ tokens: provider.first() }), "ada");
    clock.jumpTo(clock.now() + hour);
    const late: EntryStore = new Proxy(entries, {
      get(target, name) {
        const verb: unknown = Reflect.get(target, name, target);
        if (typeof verb !== "function") return verb;
        return async (...args: unknown[]): Promise<unknown> => {
          // Between its look and its lock another process renews.
          if (name === "add") await node().token(method, "ada");
          return Reflect.apply(verb, target, args) as unknown;
        };
      },
    });
    const sealer = createSealer(createKeyRing([secret]), "provider-secret");
    const kept = new ProviderTokensKept({ entries: late, clock, sealer });
    expect((await kept.token(method, "ada"))?.accessToken).toBe("access-1");
    expect(provider.used).toEqual(["refresh-0"]);
  });

  it("are renewed by the next one if whoever was at it never comes back", async () => {
    const { clock, provider, node, method } = scene();
    await node().keep(sampleLogin({ tokens: provider.first() }), "ada");
    clock.jumpTo(clock.now() + hour);
    const { gate } = provider;
    provider.gate = new Promise(() => undefined);
    void node().token(method, "ada");
    await clock.advance(0);
    provider.gate = gate;
    const asked = node().token(method, "ada");
    await clock.advance(16_000);
    expect((await asked)?.accessToken).toBe("access-1");
  });

  it("of a new sign-in are not overwritten by a renewal that was under way", async () => {
    const { clock, provider, node, method } = scene();
    const kept = node();
    await kept.keep(sampleLogin({ tokens: provider.first() }), "ada");
    clock.jumpTo(clock.now() + hour);
    const open = opening();
    provider.gate = open.promise;
    const asked = kept.token(method, "ada");
    await clock.advance(0);
    const tokens = { accessToken: "new", refreshToken: "new", expiresAt: clock.now() + hour, scope: null };
    await node().keep(sampleLogin({ tokens }), "ada");
    open.resolve();
    expect((await asked)?.accessToken).toBe("new");
    expect((await kept.token(method, "ada"))?.accessToken).toBe("new");
  });

  it("that are not renewed any more are forgotten, and asked for no second time", async () => {
    const { clock, provider, node, method } = scene();
    const kept = node();
    await kept.keep(sampleLogin({ tokens: { ...provider.first(), refreshToken: "stolen and used" } }), "ada");
    clock.jumpTo(clock.now() + hour);
    expect(await kept.token(method, "ada")).toBe(null);
    expect(await kept.token(method, "ada")).toBe(null);
    expect(provider.used).toHaveLength(1);
  });

  it("stay when the provider is away, for later", async () => {
    const { clock, provider, node } = scene();
    const kept = node();
    await kept.keep(sampleLogin({ tokens: provider.first() }), "ada");
    clock.jumpTo(clock.now() + hour);
    const away = sampleMethod({}, async () => {
      throw new Error("away");
    });
    await expect(kept.token(away, "ada")).rejects.toThrow("away");
    expect((await kept.token(sampleMethod({}, provider.refresh), "ada"))?.accessToken).toBe("access-1");
  });

  it("go with the account when it becomes somebody else's", async () => {
    const { provider, node, method } = scene();
    const kept = node();
    await kept.keep(sampleLogin({ tokens: provider.first() }), "ada");
    await kept.keep(sampleLogin({ tokens: { ...provider.first(), accessToken: "bob's" } }), "bob");
    expect(await kept.token(method, "ada")).toBe(null);
    expect((await kept.token(method, "bob"))?.accessToken).toBe("bob's");
  });

  it("without an end are good as they are", async () => {
    const { clock, node, method } = scene();
    const kept = node();
    await kept.keep(sampleLogin(), "ada");
    clock.jumpTo(clock.now() + 1000 * hour);
    expect(await kept.token(method, "ada")).toEqual({ accessToken: "first", expiresAt: null, scope: null });
  });
});
