import { describe, expect, it } from "vitest";
import { createKeyRing, idOfSource } from "../crypto/key-ring.ts";
import { wrapKey } from "../crypto/key-wrap.ts";
import { generateSecret } from "../crypto/secrets.ts";
import { type KeyRecord, keysOfSecrets } from "../domain/key-life.ts";
import { tendKeys } from "../domain/key-steps.ts";
import { mostKeys } from "../domain/policy.ts";
import { decodeKeyFile, encodeKeyFile, type KeyFile } from "./key-file.ts";

const at = Date.UTC(2030, 0, 1);
const stored = (id: string, more: Partial<KeyRecord> = {}): KeyRecord => ({
  id,
  origin: "stored",
  announcedAt: at,
  activatesAt: at + 1,
  revokedAt: null,
  reason: null,
  ...more,
});

describe("a ring in the store", () => {
  const file: KeyFile = {
    keys: [
      ...keysOfSecrets(["secret-0", "secret-1"], [{ id: "secret-1", revokedAt: at, reason: "leaked" }]),
      stored("key-0001", { revokedAt: at + 5, reason: null }),
      stored("key-0002"),
      stored("key-0003", { activatesAt: null }),
    ],
    wraps: new Map([
      ["key-0002", ["v1.a", "v1.b"]],
      ["key-0003", ["v1.c"]],
    ]),
  };
  const throughJson = (): unknown => JSON.parse(JSON.stringify(encodeKeyFile(file))) as unknown;

  it("comes back as it was", () => {
    expect(decodeKeyFile(throughJson() as never, ["secret-0", "secret-1"])).toEqual(file);
  });

  it("remembers a revoked secret also for a node that does not have it", () => {
    const elsewhere = decodeKeyFile(throughJson() as never, ["secret-0"]) as KeyFile;
    const back = decodeKeyFile(encodeKeyFile(elsewhere), ["secret-0", "secret-1"]);
    expect(back?.keys.find(({ id }) => id === "secret-1")?.revokedAt).toBe(at);
  });

  it("keeps nothing of a key that was revoked", () => {
    const wraps = new Map([["key-0001", ["v1.secret"]]]);
    expect(JSON.stringify(encodeKeyFile({ ...file, wraps }))).not.toContain("v1.secret");
  });

  it("fits into a small record, at its largest", () => {
    const secrets = createKeyRing(Array.from({ length: 4 }, generateSecret));
    const reason = "\u{1f511}".repeat(50);
    const dead = Array.from({ length: 25 }, (_, i) => stored(`dead-${i}`, { revokedAt: at + i, reason }));
    const sources = Array.from({ length: mostKeys }, (_, i) => Buffer.alloc(32, i));
    const live = sources.map((source) => stored(idOfSource(source)));
    const policy = { rotateEvery: null, announceFor: 1, keepFor: 1e9 };
    const keys = tendKeys({
      keys: [...dead, ...live],
      readable: new Set(live.map(({ id }) => id)),
      policy,
      now: at + 100,
      freshId: "fresh",
    });
    const wraps = new Map(sources.map((source) => [idOfSource(source), wrapKey(secrets, source)]));
    expect(keys.length).toBe(20 + mostKeys);
    expect(Buffer.byteLength(JSON.stringify(encodeKeyFile({ keys, wraps })))).toBeLessThan(16_384);
  });

  it.each([
    ["another version", { v: 2, keys: [] }],
    ["no list", { v: 1, keys: "many" }],
    ["a key without an id", { v: 1, keys: [{ announcedAt: 1 }] }],
    ["a time that is none", { v: 1, keys: [{ id: "a", announcedAt: 1, activatesAt: "soon" }] }],
    ["nothing", null],
  ])("is not guessed at where it has %s", (_what, value) => {
    expect(decodeKeyFile(value as never, [])).toBeNull();
  });
});
