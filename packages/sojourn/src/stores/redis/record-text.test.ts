import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SessionRecord } from "../../domain/session.ts";
import { sampleLineage, sampleSession } from "../../testing/index.ts";
import { redis } from "./index.ts";
import { readRecord, recordText } from "./record-text.ts";
import { newPrefix, removeKeys, shared, sharedServerIsThere } from "./redis-servers.fixture.ts";

const there = await sharedServerIsThere();
const prefixes: string[] = [];
let client: Redis;

beforeAll(() => {
  client = new Redis(shared);
});

afterAll(async () => {
  client.disconnect();
  if (there) await removeKeys(prefixes);
});

/** As it was written before sessions had an actor. */
const before = [
  '[1,1893456000000,604800000,1896048000000,null,0,null,0,0,1893456000000,"user",null,"MlXfHcTE3vFrJBMHdNBSLw","call"',
  ',"user-1"',
  ',"cookie",true',
  ',"password"',
  ",1893456000000",
  ",null",
  ",null",
  ",null",
  ',"192.0.2.1"',
  ',"Firefox"',
  ',["pwd"]',
  ",null",
  ',{"cart":[1]',
  ',"flash":"Saved."',
  "}]",
]
  .join("\n")
  .replace(",{", ",{\n");

const actor = { userId: "admin-1", sid: sampleSession().sid, reason: 'Ticket 4711: "}]"' };

describe("the text of a session", () => {
  it("is read as it was written before sessions had an actor", () => {
    const { sid } = sampleSession();
    expect(readRecord(sid, before)).toEqual(
      sampleSession({ sid, userAgent: "Firefox", data: { cart: [1], flash: "Saved." } }),
    );
  });

  it("is the same as ever for a session that its own user holds, so that older processes read it", () => {
    const record = sampleSession({ userAgent: "Firefox", data: { cart: [1], flash: "Saved." } });
    expect(recordText(record, "call").split("\n").toSpliced(0, 1)).toEqual(
      before.split("\n").toSpliced(0, 1),
    );
    expect(recordText(record, "call")).toMatch(/^\[1,/);
  });

  it("says in its form that somebody acts as the user, so that no older process takes it for the user's own", () => {
    expect(recordText(sampleSession({ actor }), "call")).toMatch(/^\[2,/);
  });

  it("is refused where a newer version wrote it", () => {
    expect(() => readRecord(sampleSession().sid, before.replace("[1,", "[3,"))).toThrow(
      expect.objectContaining({ code: "store_unavailable" }),
    );
  });
});

describe.skipIf(!there)("a session in which somebody acts as the user", () => {
  it.each<[string, Partial<SessionRecord>]>([
    ["without data", {}],
    ["with data", { data: { kept: "}]" } }],
  ])("keeps the actor through every change, %s", async (_, overrides) => {
    const prefix = newPrefix();
    prefixes.push(prefix);
    const { sessions } = redis(client, { prefix });
    const record = sampleSession({ actor, refresh: sampleLineage(), ...overrides });
    const now = record.createdAt;
    await sessions.create(record, null);
    await sessions.setData(record.sid, "a", 1, now, 1000);
    await sessions.setData(record.sid, "b", 2, now, 1000);
    await sessions.deleteData(record.sid, "a", now);
    expect(await sessions.takeData(record.sid, "b", now)).toBe(2);
    await sessions.touch([{ sid: record.sid, seenAt: now + 1, now, counter: null }]);
    await sessions.rotate(record.sid, 0, now, "key-2");
    await sessions.update(record.sid, 0, { acr: "aal2" }, now);
    expect(await sessions.revoke(record.sid, now, "signed_out")).toMatchObject({
      actor,
      acr: "aal2",
      data: record.data,
    });
    expect((await sessions.find(record.sid))?.record.actor).toEqual(actor);
  });

  it("stands beside those that were written before, whose every change goes on", async () => {
    const prefix = newPrefix();
    prefixes.push(prefix);
    const { sessions } = redis(client, { prefix });
    const { sid, createdAt } = sampleSession();
    await client.set(`${prefix}:{0}:s:${sid}`, before);
    expect(await sessions.takeData(sid, "flash", createdAt)).toBe("Saved.");
    expect(await sessions.setData(sid, "more", 1, createdAt, 1000)).toBe("stored");
    expect(await sessions.revoke(sid, createdAt, "revoked")).toMatchObject({
      actor: null,
      data: { cart: [1], more: 1 },
    });
  });
});
