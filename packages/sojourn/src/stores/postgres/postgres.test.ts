import { describe, expect, it } from "vitest";
import type { Store } from "../../ports/session-store.ts";
import { credentialDirectoryContract, sampleSession, storeContract } from "../../testing/index.ts";
import { type AccountStore, postgres } from "./index.ts";
import { describePostgres, drivers, makeSchema, type TestSchema } from "./server.fixture.ts";

/** Stores on a schema of their own, which goes with the store. */
function opener(driver: keyof typeof drivers): {
  open(): Promise<AccountStore>;
  openWithout(): Promise<Store<never>>;
  reopen(store: Store): Promise<Store>;
} {
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
    open: async () => onSchema(await makeSchema(), (client) => postgres(client)),
    openWithout: async () => onSchema(await makeSchema(), (client) => postgres(client, { users: false })),
    async reopen(store) {
      const schema = schemas.get(store) as TestSchema;
      schemas.delete(store);
      return onSchema(schema, (client) => postgres(client));
    },
  };
}

for (const driver of ["pg", "postgres"] as const) {
  const { open, openWithout, reopen } = opener(driver);
  describePostgres(`postgres by ${driver}`, () => {
    storeContract({ name: `postgres by ${driver}`, open, reopen, describe, it });
    storeContract({ name: `postgres by ${driver}, without users`, open: openWithout, describe, it });
    credentialDirectoryContract({ name: `postgres by ${driver}`, open, describe, it });

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
