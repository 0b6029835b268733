import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Auth, createAuth, type StoredUser } from "sojourn";
import { type AccountStore, sqlite } from "sojourn/sqlite";
import { baseURL, cookieHeader, makeUser, secret } from "./population.ts";
import { insist } from "./suite.ts";

/** How much is in the file: many sessions, and ten of them per user. */
export const sessionCount = 100_000;
export const userCount = 10_000;

/** A filled file, open twice: through the library, and bare. */
export interface BenchDatabase {
  readonly store: AccountStore;
  readonly auth: Auth<StoredUser>;
  /** Another connection to the same file: safe and quick as one would open it by hand, and no more. */
  readonly raw: DatabaseSync;
  /** One that also has the page cache which the library gives itself. */
  readonly cached: DatabaseSync;
  /** One Cookie header per session. */
  readonly cookies: readonly string[];
  /** The ids of the sessions, in the same order. */
  readonly sids: readonly string[];
  /** A prepared statement, on `raw` unless another is named, whose rows are arrays, which is the fastest that Node offers. */
  prepare(sql: string, on?: DatabaseSync): StatementSync;
  /** Runs many statements in one transaction, to set something up. */
  atOnce(work: () => void): void;
  close(): Promise<void>;
}

const settings =
  "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000";

/** How `auth` is made on a store of such a file. */
function createBenchAuth(store: AccountStore): Auth<StoredUser> {
  // Written-behind last-seen times are a suite of their own; here they would come and go with the time of day.
  return createAuth<StoredUser>({
    secret,
    baseURL,
    store,
    users: store.users,
    session: { touchInterval: "20h" },
  });
}

/** Fills a new file in the folder for temporary files. Takes some seconds. */
export async function openDatabase(): Promise<BenchDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-bench-"));
  const file = join(folder, "bench.db");
  const raw = new DatabaseSync(file);
  raw.exec(settings);
  const { cookies, sids } = await fill(raw);
  raw.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const cached = new DatabaseSync(file);
  cached.exec(`${settings}; PRAGMA cache_size = -32768`);
  const store = sqlite(file);
  const auth = createBenchAuth(store);
  return {
    store,
    auth,
    raw,
    cached,
    cookies,
    sids,
    prepare(sql, on = raw) {
      const statement = on.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    },
    atOnce(work) {
      raw.exec("BEGIN IMMEDIATE");
      work();
      raw.exec("COMMIT");
    },
    async close() {
      await auth.close();
      await store.close();
      raw.close();
      cached.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function fill(raw: DatabaseSync): Promise<Pick<BenchDatabase, "cookies" | "sids">> {
  const store = sqlite(raw);
  await store.migrate();
  const auth = createBenchAuth(store);
  const cookies: string[] = [];
  const sids: string[] = [];
  raw.exec("BEGIN IMMEDIATE");
  for (let index = 0; index < userCount; index += 1) await addUser(store, index);
  for (let index = 0; index < sessionCount; index += 1) {
    const { id } = makeUser(index % userCount);
    const context = {
      ip: `203.0.113.${index % 256}`,
      userAgent: userAgents[index % userAgents.length] ?? null,
    };
    const issued = await auth.sessions.create({ userId: id, method: "password", amr: ["pwd"] }, {}, context);
    cookies.push(cookieHeader(issued.cookies));
    sids.push(issued.session.sid);
  }
  raw.exec("COMMIT");
  await auth.close();
  return { cookies, sids };
}

async function addUser(store: AccountStore, index: number): Promise<void> {
  const { id, email, emailVerified, name } = makeUser(index);
  const passwordHash = `$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$${"A".repeat(43)}`;
  const made = await store.users.create({
    id,
    email,
    emailVerified,
    name,
    passwordHash,
    createdAt: 1_767_225_600_000,
  });
  insist(made !== null, `there is no user ${index}`);
}

const userAgents: readonly string[] = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
  "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
];
