import { beforeEach, describe, expect, it } from "vitest";
import { type KeyRecord, keysOfSecrets, type RingView } from "../domain/key-life.ts";
import { type FakeClock, fakeClock } from "../testing/index.ts";
import { createKeyRing, idOfSource, keysOf } from "./key-ring.ts";
import { createSealer } from "./seal.ts";
import { claims, secrets as texts } from "./signer.fixture.ts";
import { createSigner } from "./signer.ts";
import { StoredKeyRing } from "./stored-key-ring.ts";

const secrets = createKeyRing([texts[0]]);
const [first, second] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const [firstId, secondId] = [idOfSource(first), idOfSource(second)];

let clock: FakeClock;
let ring: StoredKeyRing;
let views: RingView[];
let news: Promise<void> | null;
let asked: number;

const stored = (id: string, activatesAt: number, revokedAt: number | null = null): KeyRecord => ({
  id,
  origin: "stored",
  announcedAt: 0,
  activatesAt,
  revokedAt,
  reason: null,
});

/** Loads a ring whose first stored key signs and whose second does from `later` on. */
function load(later: number, revoked: number | null = null): void {
  const records = [
    ...keysOfSecrets(secrets.ids, []),
    stored(firstId, clock.now() - 1000, revoked),
    stored(secondId, later),
  ];
  const sources = new Map([
    [firstId, first],
    [secondId, second],
  ]);
  ring.load(records, sources);
}

beforeEach(() => {
  clock = fakeClock();
  views = [];
  news = null;
  asked = 0;
  ring = new StoredKeyRing({
    secrets,
    clock,
    keepFor: 1_000_000,
    learn: () => {
      asked += 1;
      return news;
    },
    onChange: (after) => void views.push(after),
  });
});

describe("a ring whose keys are in a store", () => {
  it("answers nothing before it has been read", () => {
    for (const question of [() => ring.activeId, () => ring.ids, () => ring.key(firstId, "refresh")])
      expect(question).toThrow(expect.objectContaining({ code: "store_unavailable" }));
  });

  it("derives the keys of a source as those of a secret are derived", () => {
    load(clock.now() + 5000);
    expect(ring.key(firstId, "jwt:HS512:access")).toEqual(keysOf(first)("jwt:HS512:access"));
    expect(ring.key(secrets.activeId, "refresh")).toEqual(secrets.key(secrets.activeId, "refresh"));
  });

  it("turns to the next key by the clock, however it is asked, and says that it is another ring", () => {
    load(clock.now() + 5000);
    const { revision } = ring;
    expect(ring.activeId).toBe(firstId);
    clock.jumpTo(clock.now() + 5000);
    expect(ring.revision).toBe(revision + 1);
    expect(ring.activeId).toBe(secondId);
    expect(ring.ids).toContain(firstId);
    expect(views).toHaveLength(2);
  });

  it("drops a key when it is revoked, and one of the secret when that is long over", () => {
    load(clock.now() + 5000);
    load(clock.now() + 5000, clock.now());
    expect(ring.key(firstId, "refresh")).toBeNull();
    expect([ring.isRevoked(firstId), ring.isRevoked(secondId), ring.isRevoked("nobody")]).toEqual([
      true,
      false,
      false,
    ]);
    clock.jumpTo(clock.now() + 1_000_000);
    expect(ring.key(secrets.activeId, "refresh")).toBeNull();
    expect(ring.isRevoked(secrets.activeId)).toBe(false);
  });

  it("takes tags and what wraps its keys from the secrets, whatever becomes of the rest", () => {
    load(clock.now() + 5000);
    clock.jumpTo(clock.now() + 10_000_000);
    expect(ring.tagId).toBe(secrets.tagId);
    expect(ring.key(ring.tagId, "session-tag")).toEqual(secrets.key(secrets.tagId, "session-tag"));
    expect(ring.key(firstId, "session-tag")).toBeNull();
  });
});

describe.each(["HS256", "EdDSA"] as const)("tokens of %s under such a ring", (alg) => {
  it("are signed with the key in force and opened with every key that verifies", async () => {
    const signer = createSigner({ ring, alg });
    load(clock.now() + 5000);
    const before = await signer.sign("access", claims);
    clock.jumpTo(clock.now() + 5000);
    const after = await signer.sign("access", claims);
    expect(after.split(".")[0]).not.toBe(before.split(".")[0]);
    expect(await signer.open("access", before)).toEqual(claims);
    expect(await signer.open("access", after)).toEqual(claims);
    load(clock.now(), clock.now());
    expect(await signer.open("access", before)).toBeNull();
    expect(signer.refusal("access", before)).toBe("key_revoked");
    expect(asked).toBe(0);
  });

  it("of a key that is not known open if it is there after another look", async () => {
    const elsewhere = createSigner({ ring, alg });
    load(clock.now() + 5000);
    const token = await elsewhere.sign("access", claims);
    ring.load(keysOfSecrets(secrets.ids, []), new Map());
    expect(await elsewhere.open("access", token)).toBeNull();
    expect([elsewhere.refusal("access", token), asked]).toEqual(["key_unknown", 1]);
    news = Promise.resolve().then(() => load(clock.now() + 5000));
    expect(await elsewhere.open("access", token)).toEqual(claims);
  });

  it("that are altered, of another kind or not ours set off no look", async () => {
    const signer = createSigner({ ring, alg });
    load(clock.now() + 5000);
    const token = await signer.sign("access", claims);
    ring.load(keysOfSecrets(secrets.ids, []), new Map());
    const [header = "", payload = "", mac = ""] = token.split(".");
    const spelled = Buffer.from(` ${Buffer.from(header, "base64url").toString()}`).toString("base64url");
    for (const other of [`${spelled}.${payload}.${mac}`, "a.b.c", "x".repeat(5000), "", payload]) {
      expect(await signer.open("access", other)).toBeNull();
      expect(signer.refusal("access", other)).toBe("signature_invalid");
    }
    expect(await signer.open("session", token)).toBeNull();
    expect(asked).toBe(0);
  });
});

describe("a sealed value under such a ring", () => {
  it("opens while its key verifies, and is told from one whose key is not known", () => {
    const sealer = createSealer(ring);
    load(clock.now() + 5000);
    const sealed = sealer.seal("sojourn", "text");
    clock.jumpTo(clock.now() + 5000);
    expect(sealer.open("sojourn", sealed)).toBe("text");
    expect(sealer.isForeign(sealed)).toBe(false);
    load(clock.now(), clock.now());
    expect([sealer.open("sojourn", sealed), sealer.isForeign(sealed)]).toEqual([null, false]);
    ring.load(keysOfSecrets(secrets.ids, []), new Map());
    expect([sealer.open("sojourn", sealed), sealer.isForeign(sealed)]).toEqual([null, true]);
    for (const other of ["", "v1...", sealed.slice(0, 20), `v2${sealed.slice(2)}`, "x".repeat(100_000)])
      expect(sealer.isForeign(other)).toBe(false);
  });

  it("looks for the key meanwhile, and is not disturbed if that fails", async () => {
    const sealer = createSealer(ring);
    load(clock.now() + 5000);
    const sealed = sealer.seal("sojourn", "text");
    ring.load(keysOfSecrets(secrets.ids, []), new Map());
    news = Promise.reject(new Error("away"));
    expect(sealer.isForeign(sealed)).toBe(true);
    await new Promise(setImmediate);
    expect(asked).toBe(1);
  });
});
