import { afterAll, describe, expect, it } from "vitest";
import type { Store } from "../../ports/session-store.ts";
import {
  accountDirectoryContract,
  credentialDirectoryContract,
  sampleSession,
  storeContract,
} from "../../testing/index.ts";
import { type AccountStore, postgres } from "./index.ts";
import { describePostgres, drivers, makeSchema, schemasInTurn, type TestSchema } from "./server.fixture.ts";

const uuid = "01890a5d-ac96-774b-bcce-b302099a8057";

/** Stores on an empty schema of their own. */
function opener(driver: keyof typeof drivers): {
  open(): Promise<AccountStore>;
  openWithout(): Promise<Store<never>>;
  reopen(store: Store): Promise<Store>;
  dropAll(): Promise<void>;
} {
  const { take, dropAll } = schemasInTurn();
  const schemas = new Map<unknown, TestSchema>();
  const onSchema = <Opened extends Store>(schema: TestSchema, make: (client: never) => Opened): Opened => {
    const { client, end } = drivers[driver](schema.url);
    const store = make(client as never);
    const close = async (): Promise<void> => {
      await store.close();
      await end();
      if (schemas.get(wrapped) === schema) await schema.drop();
    };
    const wrapped = { ...store, close };
    schemas.set(wrapped, schema);
    return wrapped;
  };
  return {
    open: async () => onSchema(await take(), (client) => postgres(client)),
    openWithout: async () => onSchema(await take(), (client) => postgres(client, { users: false })),
    async reopen(store) {
      const schema = schemas.get(store) as TestSchema;
      schemas.delete(store);
      return onSchema(schema, (client) => postgres(client));
    },
    dropAll,
  };
}

for (const driver of ["pg", "postgres"] as const) {
  const { open, openWithout, reopen, dropAll } = opener(driver);
  describePostgres(`postgres by ${driver}`, () => {
    afterAll(dropAll);

    storeContract({ name: `postgres by ${driver}`, open, reopen, describe, it });
    storeContract({ name: `postgres by ${driver}, without users`, open: openWithout, describe, it });
    credentialDirectoryContract({ name: `postgres by ${driver}`, open, describe, it });
    accountDirectoryContract({ name: `postgres by ${driver}`, open, describe, it });

    it("finds nobody by an id that the app's table cannot have, and fails for nobody else", async () => {
      const schema = await makeSchema();
      await schema.run(`CREATE TABLE by_number (id bigint PRIMARY KEY); INSERT INTO by_number VALUES (7);
        CREATE TABLE by_uuid (id uuid PRIMARY KEY); INSERT INTO by_uuid VALUES ('${uuid}')`);
      const { client, end } = drivers[driver](schema.url);
      for (const [table, idType, userId] of [
        ["by_number", "integer", "7"],
        ["by_uuid", "uuid", uuid],
      ] as const) {
        const store = postgres(client as never, { users: { table, idType, columns: {} }, listen: false });
        const records = [userId, "ada", "", "9".repeat(19), `${uuid}0`].map((id) =>
          sampleSession({ userId: id }),
        );
        for (const record of records) await store.sessions.create(record, null);
        // All at once: they are looked up together.
        const found = await Promise.all(records.map(async ({ sid }) => store.sessions.find(sid)));
        expect(found.map((one) => one?.user)).toEqual([{ id: userId }, null, null, null, null]);
        expect(await store.directory?.findById("ada")).toBeNull();
      }
      await end();
      await schema.drop();
    });

    it("can do without prepared statements", async () => {
      const schema = await makeSchema();
      const { client, end } = drivers[driver](schema.url);
      const store = postgres(client as never, { prepare: false });
      const record = sampleSession();
      await store.sessions.create(record, { max: 1, onExceed: "deny" });
      expect((await store.sessions.find(record.sid))?.record).toEqual(record);
      await store.close();
      await end();
      await schema.drop();
    });
  });
}
