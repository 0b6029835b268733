import type { Store } from "sojourn";
import { newSid } from "../raw-sql.ts";
import { picks } from "../population.ts";
import type { Variant } from "../runner.ts";
import { insist, type Suite } from "../suite.ts";
import { expiresAt, type FilledStore, sidOf, today, userOf } from "./filled-store.ts";

/** One thing that is done to a session among many. */
interface Work {
  readonly name: string;
  readonly about: string;
  variant(filled: FilledStore): Omit<Variant, "name" | "awaited">;
}

const listed = { limit: 100, offset: 0 };
const touchesAtOnce = 100;
const pickCount = 100_000;
const mostEnded = 2000;

const works: readonly Work[] = [
  {
    name: "look up",
    about: "store.sessions.find, random sessions",
    variant({ store, sessions }) {
      const order = picks(pickCount, sessions, 1);
      return {
        run: async (index) => {
          const found = await store.sessions.find(sidOf(order[index % pickCount] ?? 0));
          insist(found !== null, "a session is missing");
        },
      };
    },
  },
  {
    name: "touch 100",
    about: "store.sessions.touch, a hundred random sessions in one call",
    variant({ store, sessions }) {
      const order = picks(pickCount, sessions, 2);
      return {
        run: async (index) => {
          const touches = Array.from({ length: touchesAtOnce }, (_, at) => ({
            sid: sidOf(order[(index * touchesAtOnce + at) % pickCount] ?? 0),
            seenAt: today + index,
            now: today,
            counter: null,
          }));
          insist((await store.sessions.touch(touches)) > 0, "nothing was touched");
        },
      };
    },
  },
  {
    name: "list 10",
    about: "store.sessions.listByUser, random users of ten sessions each",
    variant({ store, sessions }) {
      const order = picks(pickCount, sessions, 3);
      return {
        run: async (index) => {
          const userId = userOf(order[index % pickCount] ?? 0, sessions);
          const list = await store.sessions.listByUser(userId, today, listed);
          insist(list.length >= 9, "a user's sessions are missing");
        },
      };
    },
  },
  {
    name: "revoke",
    about: "store.sessions.revoke, random sessions",
    variant({ store, sessions, revive }) {
      let sids: string[] = [];
      let done = 0;
      return {
        mostCalls: mostEnded,
        async prepare(calls) {
          await revive(sids);
          const order = picks(calls * 2, sessions, 4 + done);
          sids = [...new Set(order)].slice(0, calls).map(sidOf);
          done = 0;
        },
        run: async () => {
          await store.sessions.revoke(sids[done % sids.length] ?? "", today, "revoked");
          done += 1;
        },
      };
    },
  },
  {
    name: "create",
    about: "store.sessions.create, new sessions of random users",
    variant({ store, sessions }) {
      const order = picks(pickCount, sessions, 5);
      return {
        mostCalls: mostEnded,
        run: async (index) => {
          const record = newRecord(userOf(order[index % pickCount] ?? 0, sessions) + "_new");
          const { created } = await store.sessions.create(record, null);
          insist(created, "a session was not made");
        },
      };
    },
  },
];

/** What each thing costs at each size, beside the size in the middle. */
export function scaleSuites(database: string, stores: readonly FilledStore[]): readonly Suite[] {
  const sizeOf = ({ sessions }: FilledStore): string => `${sessions.toLocaleString("en")} sessions`;
  const base = stores.at(-2) ?? stores[0];
  return works.map(({ name, about, variant }) => ({
    name: `${database}: ${name}`,
    about,
    base: base === undefined ? "" : sizeOf(base),
    open: async () => ({
      variants: stores.map((filled) => ({ name: sizeOf(filled), awaited: true, ...variant(filled) })),
    }),
  }));
}

function newRecord(userId: string): Parameters<Store["sessions"]["create"]>[0] {
  return {
    sid: newSid(),
    userId,
    kind: "user",
    method: "password",
    transport: "cookie",
    remember: true,
    createdAt: today,
    authTime: today,
    lastSeenAt: today,
    idleTimeout: 7 * 86_400_000,
    expiresAt,
    endedAt: null,
    endReason: null,
    version: 0,
    secretHash: new Uint8Array(32),
    refresh: null,
    ip: "203.0.113.77",
    userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    amr: ["pwd"],
    acr: null,
    actor: null,
    data: {},
  };
}
