import { afterAll, describe, expect, it } from "vitest";
import type { EntryStore } from "../ports/entry-store.ts";
import type { AuditPage } from "../session/audit-reader.ts";
import type { UserExport } from "../session/user-export.ts";
import type { AccountStore } from "../stores/account-directory.ts";
import { describeMysql, dropDatabases, newDatabase, urlOf } from "../stores/mysql/database.fixture.ts";
import { memory } from "../stores/memory/index.ts";
import { mysql } from "../stores/mysql/index.ts";
import { postgres } from "../stores/postgres/index.ts";
import { describePostgres, makeSchema } from "../stores/postgres/server.fixture.ts";
import { redis } from "../stores/redis/index.ts";
import {
  newPrefix,
  removeKeys,
  serverClients,
  shared,
  sharedServerIsThere,
} from "../stores/redis/redis-servers.fixture.ts";
import { ada, createSite } from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const describeRedis = (await sharedServerIsThere()) ? describe : describe.skip;

interface OpenStore {
  readonly store: AccountStore;
  drop(): Promise<unknown>;
}

/** Each with a store of its own that nobody else uses. */
const servers: readonly (readonly [string, typeof describe.skip, () => Promise<OpenStore>])[] = [
  [
    "PostgreSQL",
    describePostgres,
    async () => {
      const schema = await makeSchema();
      return { store: postgres(schema.url, { listen: false }), drop: () => schema.drop() };
    },
  ],
  [
    "MySQL",
    describeMysql,
    async () => ({ store: mysql(urlOf(await newDatabase())), drop: () => Promise.resolve() }),
  ],
  [
    "Redis",
    describeRedis,
    async () => {
      const prefix = newPrefix();
      const { client, close } = await (
        serverClients["ioredis"] as NonNullable<(typeof serverClients)[string]>
      )(shared.port);
      const store = redis(client, { prefix });
      return {
        // Redis keeps no users.
        store: { ...store, entries: store.entries as EntryStore, users: memory().users },
        drop: async () => {
          close();
          await removeKeys([prefix]);
        },
      };
    },
  ],
];
afterAll(async () => dropDatabases());

for (const [name, describeServer, open] of servers) {
  describeServer(`the kept events in ${name}`, () => {
    it("of two nodes at once are all there, in pages, and go with their user", async () => {
      const { store, drop } = await open();
      const here = createSite("stateful", { audit: true, accounts: store });
      const there = createSite("stateful", { audit: true, accounts: store, clock: here.clock });
      const browser = await here.signedUp();
      await there.signedUp({ email: "bob@example.com" });
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 === 0 ? here : there).browser().post("/sign-in/password", { email, password }),
        ),
      );
      await there.auth.audit.list();
      const { userId } = (await browser.get("/session")).body.session;
      const found: string[] = [];
      let before: string | null = null;
      do {
        const page: AuditPage = await here.auth.audit.list({ userId, limit: 7, before });
        found.push(...page.events.map(({ id }) => id));
        before = page.next;
      } while (before !== null);
      expect(new Set(found).size).toBe(3 + 2 * 20);
      expect(found).toEqual(found.toSorted().toReversed());
      const { sessions = [], events = [] } = (await new Response(
        await here.auth.users.export(userId),
      ).json()) as UserExport;
      expect([sessions.length, events.length]).toEqual([21, 44]);

      expect(await here.auth.users.remove(userId)).toBe(true);
      const { events: left } = await here.auth.audit.list({ limit: 500 });
      expect(left.map(({ type }) => type)).toEqual([
        "user_deleted",
        "authn_login_success",
        "session_created",
        "user_created",
      ]);
      await Promise.all([here.auth.close(), there.auth.close()]);
      await store.close();
      await drop();
    }, 30_000);
  });
}
