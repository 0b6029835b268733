import { type BenchDatabase, sessionCount, userCount } from "../database.ts";
import { picks } from "../population.ts";
import { rawSql, sidBytes } from "../raw-sql.ts";
import { insist, type OpenSuite, type Suite } from "../suite.ts";

const pickCount = 1 << 17;

/** Checks that read a session and its user from a SQLite file. */
export function sqliteChecks(database: () => Promise<BenchDatabase>): readonly Suite[] {
  return [
    {
      name: "SQLite check",
      about: `Cookie header to session and user; ${sessionCount} sessions of ${userCount} users, at random`,
      base: "bare prepared join",
      open: async () => openCheck(await database()),
    },
  ];
}

function openCheck({ auth, store, cookies, sids, raw, cached, prepare }: BenchDatabase): OpenSuite {
  const keys = sids.map(sidBytes);
  const find = prepare(rawSql.find);
  const findCached = prepare(rawSql.find, cached);
  const findObject = raw.prepare(rawSql.find);
  // Each variant has an order of its own: rows that one has just read are no gift to the next.
  const order = (seed: number): ((index: number) => number) => {
    const chosen = picks(pickCount, sessionCount, seed);
    return (index) => chosen[index % pickCount] ?? 0;
  };
  const [bare, object, found, verified] = [order(1), order(2), order(3), order(4)] as const;
  const [awaited, missed, kept] = [order(5), order(6), order(7)] as const;
  const strangers = sids.map((sid) => `${sid.slice(0, -12)}${sid.slice(-11)}0`);
  return {
    variants: [
      {
        name: "bare prepared join",
        run: (index) =>
          insist(find.get(keys[bare(index)] ?? null) !== undefined, "the bare join found nothing"),
      },
      {
        name: "bare prepared join, 32 MiB page cache",
        run: (index) =>
          insist(findCached.get(keys[kept(index)] ?? null) !== undefined, "the bare join found nothing"),
      },
      {
        name: "bare prepared join, rows as objects",
        run: (index) =>
          insist(findObject.get(keys[object(index)] ?? null) !== undefined, "the bare join found nothing"),
      },
      {
        name: "store.sessions.find",
        run: (index) => insist(store.sessions.find(sids[found(index)] ?? "") !== null, "find found nothing"),
      },
      {
        name: "verify",
        run(index) {
          const state = auth.verify({ cookie: cookies[verified(index)] ?? "" });
          insist("status" in state && state.status === "active", "verify found nobody signed in");
        },
      },
      {
        name: "getSession",
        awaited: true,
        run: (index) => auth.getSession({ headers: { cookie: cookies[awaited(index)] ?? "" } }),
      },
      {
        name: "store.sessions.find, unknown",
        run: (index) =>
          insist(store.sessions.find(strangers[missed(index)] ?? "") === null, "find found a stranger"),
      },
    ],
  };
}
