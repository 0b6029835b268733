import { createPool } from "mysql2/promise";
import { afterAll, expect, it } from "vitest";
import { createAuth } from "../../create-auth.ts";
import { sampleSession } from "../../testing/index.ts";
import { asAdmin, dropDatabases, newDatabase, describeMysql, urlOf } from "./database.fixture.ts";
import { mysql, type MysqlOptions } from "./index.ts";

const secret = "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM";

/** A database with a table of users as some app may have it. */
async function appDatabase(table: string, ...rows: string[]): Promise<string> {
  const name = await newDatabase();
  await asAdmin(
    `USE ${name}`,
    `CREATE TABLE \`app user\` ${table}`,
    ...rows.map((row) => `INSERT INTO \`app user\` VALUES ${row}`),
  );
  return urlOf(name);
}

interface AppUser {
  readonly id: string;
  readonly role: string;
}

const users = { table: "app user", id: "user no", columns: { role: "le`vel" } } as const;
const anyone = (id: string, role: string): string => `('${id}', '${role}')`;

describeMysql("a table of the app's own users", () => {
  afterAll(dropDatabases);

  it("is joined to sessions by a number, and decides who is signed in", async () => {
    const url = await appDatabase(
      "(`user no` INT PRIMARY KEY, `le``vel` TEXT, banned BOOLEAN)",
      "(7, 'editor', 0)",
      "(8, 'reader', 1)",
    );
    const table = {
      ...users,
      idType: "integer",
      columns: { ...users.columns, banned: "banned" },
      isDisabled: ({ banned }: Readonly<Record<string, unknown>>) => banned !== 0,
    } as const;
    const store = mysql<AppUser>(url, { users: table });
    const auth = createAuth({ secret, store });
    const { cookies } = await auth.sessions.create({ userId: "7", method: "own" });
    const headers = { cookie: cookies[0]?.split(";")[0] ?? "" };
    expect((await auth.getSession({ headers }))?.user).toEqual({ id: "7", role: "editor", banned: 0 });
    await expect(auth.sessions.create({ userId: "8", method: "own" })).rejects.toMatchObject({
      code: "account_disabled",
    });
    for (const id of ["9", "7x", "7.0", "", "٧"]) expect(await store.directory?.findById(id)).toBeNull();
    const odd = sampleSession({ userId: "7x" });
    await store.sessions.create(odd, null);
    expect((await store.sessions.find(odd.sid))?.user).toBeNull();
    await auth.close();
    await store.close();
  });

  it.each([
    "VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
    "VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
    "VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    "VARCHAR(64) CHARACTER SET utf8mb3 COLLATE utf8mb3_swedish_ci",
    "VARCHAR(64) CHARACTER SET latin1 COLLATE latin1_german2_ci",
    "VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin",
    "CHAR(64) CHARACTER SET ascii",
  ])("is joined by its index where the id is %s", async (type) => {
    const many = Array.from({ length: 500 }, (_, at) => anyone(`user-${at}`, `role ${at}`)).join(", ");
    const url = await appDatabase(`(\`user no\` ${type} PRIMARY KEY, \`le\`\`vel\` TEXT)`, many);
    const pool = createPool({ uri: url });
    const texts: string[] = [];
    const getConnection = async () => {
      const connection = await pool.getConnection();
      const execute: typeof connection.execute = connection.execute.bind(connection);
      return Object.assign(connection, {
        execute: ((query: { sql: string }) => (texts.push(query.sql), execute(query))) as typeof execute,
      });
    };
    const store = mysql<AppUser>({ getConnection }, { users });
    const record = sampleSession({ userId: "user-77" });
    await store.sessions.create(record, null);
    expect((await store.sessions.find(record.sid))?.user).toEqual({ id: "user-77", role: "role 77" });
    expect(await store.directory?.findById("user-78")).toEqual({ id: "user-78", role: "role 78" });
    for (const text of texts.slice(-2)) {
      const [plan] = await pool.execute(`EXPLAIN ${text}`, [text.includes("UNHEX") ? record.sid : "user-78"]);
      const joined = (plan as { table: string; type: string }[]).find(({ table }) => table === "u");
      expect(joined?.type).toMatch(/const|ref/);
    }
    const foreign = sampleSession({ userId: "user-7\u0667" });
    await store.sessions.create(foreign, null);
    expect((await store.sessions.find(foreign.sid))?.user).toBeNull();
    await pool.end();
  });

  it("with names that cannot be some is refused", () => {
    for (const wrong of [
      { table: 'a" (', columns: {} },
      { table: "a", id: "x?", columns: {} },
    ]) {
      const options: MysqlOptions = { users: wrong };
      expect(() => mysql("mysql://localhost/db", options)).toThrow(/no name of a table or column/);
    }
  });
});
