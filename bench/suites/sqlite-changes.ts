import type { SessionRecord } from "sojourn";
import { type BenchDatabase, userCount } from "../database.ts";
import { makeUser } from "../population.ts";
import { newSid, rawSql, sidBytes } from "../raw-sql.ts";
import { insist, type OpenSuite, type Suite } from "../suite.ts";

const batchSize = 256;
const poolSize = 500;

/** Changes to sessions in a SQLite file, each beside the statement that it comes down to. */
export function sqliteChanges(database: () => Promise<BenchDatabase>): readonly Suite[] {
  const on =
    (open: (database: BenchDatabase) => Promise<OpenSuite> | OpenSuite) => async (): Promise<OpenSuite> =>
      open(await database());
  const base = "bare statement";
  return [
    { name: "SQLite create", about: "A session begins", base, open: on(openCreate) },
    {
      name: "SQLite touch",
      about: `Last-seen times of ${batchSize} sessions, per ${batchSize}`,
      base: "bare statements, one by one",
      open: on(openTouch),
    },
    { name: "SQLite list", about: "The ten sessions of a user", base, open: on(openList) },
    { name: "SQLite revoke", about: "One session ends", base, open: on(openRevoke) },
    { name: "SQLite revoke all", about: "All ten sessions of a user end", base, open: on(openRevokeAll) },
  ];
}

async function openCreate({ auth, store, sids, prepare }: BenchDatabase): Promise<OpenSuite> {
  const model = await store.sessions.find(sids[0] ?? "");
  insist(model !== null, "there is no first session");
  const insert = prepare(rawSql.create);
  const fresh: string[] = [];
  const prepareSids = (calls: number): void =>
    void fresh.splice(0, fresh.length, ...Array.from({ length: calls }, newSid));
  const shared = { prepare: prepareSids, mostCalls: poolSize };
  return {
    variants: [
      {
        name: "bare statement",
        ...shared,
        run: () =>
          insist(
            insert.run(sidBytes(fresh.pop() ?? ""), ...values(model.record)).changes === 1,
            "nothing was inserted",
          ),
      },
      {
        name: "store.sessions.create",
        ...shared,
        run: () => store.sessions.create({ ...model.record, sid: fresh.pop() ?? "" }, null),
      },
      {
        name: "auth.sessions.create",
        mostCalls: poolSize,
        awaited: true,
        run: (index) =>
          auth.sessions.create({ userId: makeUser(index % userCount).id, method: "password", amr: ["pwd"] }),
      },
    ],
  };
}

function values(record: SessionRecord): (string | number | Uint8Array | null)[] {
  const {
    userId,
    kind,
    method,
    transport,
    createdAt,
    authTime,
    lastSeenAt,
    idleTimeout,
    expiresAt,
    version,
  } = record;
  const { secretHash, ip, userAgent, amr, acr, actor, data } = record;
  const lifetimes = [createdAt, authTime, lastSeenAt, idleTimeout, expiresAt];
  const rest = [
    secretHash,
    null,
    null,
    null,
    null,
    null,
    ip,
    userAgent,
    JSON.stringify(amr),
    acr,
    actor === null ? null : JSON.stringify(actor),
    JSON.stringify(data),
  ];
  return [userId, kind, method, transport, 0, ...lifetimes, null, null, version, ...rest];
}

function openTouch({ store, sids, raw, prepare }: BenchDatabase): OpenSuite {
  const update = prepare(rawSql.touch);
  // Spread over the file, as the sessions of one second are.
  const hot = Array.from({ length: batchSize }, (_, index) => sids[index * 379] ?? "");
  const keys = hot.map(sidBytes);
  const start = Date.now();
  const oneByOne = (seenAt: number): void => {
    for (const key of keys) update.run(seenAt, key, start);
  };
  return {
    variants: [
      { name: "bare statements, one by one", run: (index) => oneByOne(start + index) },
      {
        name: "bare statements, one transaction",
        run(index) {
          raw.exec("BEGIN");
          oneByOne(start + index);
          raw.exec("COMMIT");
        },
      },
      {
        name: "store.sessions.touch",
        run(index) {
          const touches = hot.map((sid) => ({ sid, seenAt: start + index, now: start, counter: null }));
          insist(store.sessions.touch(touches) === batchSize, "touch missed sessions");
        },
      },
    ],
  };
}

function openList({ auth, store, prepare }: BenchDatabase): OpenSuite {
  const select = prepare(rawSql.list);
  const now = Date.now();
  const page = { limit: 100, offset: 0 };
  const userOf = (index: number): string => makeUser((index * 7919) % userCount).id;
  return {
    variants: [
      {
        name: "bare statement",
        run: (index) => insist(select.all(userOf(index), now).length >= 10, "the list is short"),
      },
      {
        name: "store.sessions.listByUser",
        run: (index) => store.sessions.listByUser(userOf(index), now, page),
      },
      { name: "auth.sessions.list", awaited: true, run: (index) => auth.sessions.list(userOf(index)) },
    ],
  };
}

function openRevoke({ auth, store, sids, prepare, atOnce }: BenchDatabase): OpenSuite {
  const update = prepare(rawSql.revoke);
  const revive = prepare(rawSql.revive);
  const now = Date.now();
  let left: string[] = [];
  const pool =
    (at: number) =>
    (calls: number): void => {
      left = sids.slice(at * poolSize, at * poolSize + calls);
      atOnce(() => left.forEach((sid) => revive.run(sidBytes(sid))));
    };
  const next = (): string => left.pop() ?? "";
  const shared = (at: number) => ({ prepare: pool(at), mostCalls: poolSize });
  return {
    variants: [
      {
        name: "bare statement",
        ...shared(1),
        run: () => insist(update.all(now, sidBytes(next()), now).length === 1, "nothing ended"),
      },
      {
        name: "store.sessions.revoke",
        ...shared(2),
        run: () => insist(store.sessions.revoke(next(), now, "revoked") !== null, "nothing ended"),
      },
      { name: "auth.sessions.revoke", ...shared(3), awaited: true, run: () => auth.sessions.revoke(next()) },
    ],
  };
}

function openRevokeAll({ auth, store, prepare, atOnce }: BenchDatabase): OpenSuite {
  const update = prepare(rawSql.revokeByUser);
  const revive = prepare(rawSql.reviveByUser);
  const now = Date.now();
  let left: string[] = [];
  const pool =
    (at: number) =>
    (calls: number): void => {
      left = Array.from({ length: calls }, (_, index) => makeUser(5000 + at * poolSize + index).id);
      atOnce(() => left.forEach((userId) => revive.run(userId)));
    };
  const next = (): string => left.pop() ?? "";
  const shared = (at: number) => ({ prepare: pool(at), mostCalls: 200 });
  return {
    variants: [
      {
        name: "bare statement",
        ...shared(1),
        run: () => insist(update.all(now, next(), now).length >= 10, "too few ended"),
      },
      {
        name: "store.sessions.revokeByUser",
        ...shared(2),
        run: () => store.sessions.revokeByUser(next(), now, "revoked", null),
      },
      {
        name: "auth.sessions.revokeAll",
        ...shared(3),
        awaited: true,
        run: () => auth.sessions.revokeAll(next()),
      },
    ],
  };
}
