import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe } from "vitest";
import { describePostgres, makeSchema, schemasInTurn, type TestSchema } from "./postgres/server.fixture.ts";
import type { UserTable } from "./sql/user-table.ts";

/** A database that an ORM is tried over. */
export type Dialect = "sqlite" | "postgres";

/** A database that an app has, empty: what an ORM is pointed at, and what a test looks into by itself. */
export interface AppDatabase {
  /** A file's path, or a URL. */
  readonly where: string;
  /** Runs what a test sets up or looks at. Rows as objects, those of the last statement. */
  run(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  drop(): Promise<void>;
}

/** Where databases of one kind come from. */
interface AppDatabases {
  readonly describe: typeof describe.skip;
  /** A new one. */
  make(): Promise<AppDatabase>;
  /** Those that `make` gives are used again when they are dropped, without the rows; `dropAll` drops them in truth. */
  inTurn(): { make(): Promise<AppDatabase>; dropAll(): Promise<void> };
}

const inSchema = ({ url, run, drop }: TestSchema): AppDatabase => ({ where: url, run, drop });

/** The databases that stores on an app's connection are tried over. */
export const appDatabases: Readonly<Record<Dialect, AppDatabases>> = {
  // A new file takes no time.
  sqlite: { describe, make: makeFile, inTurn: () => ({ make: makeFile, dropAll: async () => {} }) },
  postgres: {
    describe: describePostgres,
    make: async () => inSchema(await makeSchema()),
    inTurn() {
      const { take, dropAll } = schemasInTurn();
      return { make: async () => inSchema(await take()), dropAll };
    },
  },
};

async function makeFile(): Promise<AppDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-app-"));
  const where = join(folder, "app.db");
  // By the library that the ORMs open it with: two of them in one process do not see each other's locks.
  const database = new Database(where);
  // As apps have it; and no commit waits for the disk.
  database.pragma("journal_mode = WAL");
  return {
    where,
    async run(sql) {
      if (/^\s*SELECT/i.test(sql)) return database.prepare<[], Record<string, unknown>>(sql).all();
      database.exec(sql);
      return [];
    },
    async drop() {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An app's users as they were before Sojourn came. */
const rows = `INSERT INTO "app user" VALUES (7, 'ada@example.com', 'editor', 0), (8, 'eve@example.com', 'reader', 1)`;
export const appUsers: Readonly<Record<Dialect, string>> = {
  sqlite: `CREATE TABLE "app user" ("user no" INTEGER PRIMARY KEY, "e-mail" TEXT, level TEXT, banned INTEGER); ${rows};`,
  postgres: `CREATE TABLE "app user" ("user no" bigint PRIMARY KEY, "e-mail" text, level text, banned integer); ${rows};`,
};
export const appUserTable: UserTable = {
  table: "app user",
  id: "user no",
  idType: "integer",
  columns: { email: "e-mail", role: "level", banned: "banned" },
  isDisabled: ({ banned }) => banned !== 0,
};
