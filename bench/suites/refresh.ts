import { type Auth, createAuth, type StoredUser } from "sojourn";
import type { BenchDatabase } from "../database.ts";
import { baseURL, cookieHeader, makeUser, secret } from "../population.ts";
import { rawSql, sidBytes } from "../raw-sql.ts";
import type { Variant } from "../runner.ts";
import { insist, type OpenSuite, type Suite } from "../suite.ts";

const browserCount = 512;

/** Refresh tokens that rotate, on a SQLite file. */
export function refreshSuites(database: () => Promise<BenchDatabase>): readonly Suite[] {
  return [
    {
      name: "hybrid refresh",
      about: `Cookie header to new access and refresh cookies; ${browserCount} browsers in turn`,
      base: "bare statements",
      open: async () => openRefresh(await database()),
    },
  ];
}

async function openRefresh(database: BenchDatabase): Promise<OpenSuite> {
  const { store } = database;
  // Without the grace every call rotates; with it a browser that comes twice in 10 s is given its token again.
  const session = { rotationGrace: 0, touchInterval: "1d" } as const;
  const auth = createAuth<StoredUser>({
    secret,
    baseURL,
    store,
    users: store.users,
    strategy: "hybrid",
    session,
  });
  const variants = [
    bareStatements(database, await signIn(auth)),
    rotates(database, await signIn(auth)),
    refreshes(auth, await signIn(auth)),
  ];
  return { variants, close: () => auth.close() };
}

/** A browser that is signed in, and how often its token has been rotated. */
interface Browser {
  readonly sid: string;
  readonly key: Uint8Array;
  cookie: string;
  counter: number;
}

async function signIn(auth: Auth<StoredUser>): Promise<Browser[]> {
  return Promise.all(
    Array.from({ length: browserCount }, async (_, index) => {
      const { session, cookies } = await auth.sessions.create({
        userId: makeUser(index).id,
        method: "password",
        amr: ["pwd"],
      });
      return { sid: session.sid, key: sidBytes(session.sid), cookie: cookieHeader(cookies), counter: 0 };
    }),
  );
}

const turn = (browsers: readonly Browser[], index: number): Browser => {
  const browser = browsers[index % browserCount];
  insist(browser !== undefined, "there is no browser");
  return browser;
};

function bareStatements({ prepare }: BenchDatabase, browsers: readonly Browser[]): Variant {
  const find = prepare(rawSql.find);
  const rotate = prepare(rawSql.rotate);
  const now = Date.now();
  const run = (index: number): void => {
    const browser = turn(browsers, index);
    insist(find.get(browser.key) !== undefined, "there is no such session");
    insist(rotate.all(now, browser.key, browser.counter, now).length === 1, "nothing was rotated");
    browser.counter += 1;
  };
  return { name: "bare statements", run };
}

function rotates({ store }: BenchDatabase, browsers: readonly Browser[]): Variant {
  const now = Date.now();
  const run = (index: number): void => {
    const browser = turn(browsers, index);
    insist(store.sessions.rotate(browser.sid, browser.counter, now, "key") !== null, "nothing was rotated");
    browser.counter += 1;
  };
  return { name: "store.sessions.rotate alone", run };
}

function refreshes(auth: Auth<StoredUser>, browsers: readonly Browser[]): Variant {
  const run = async (index: number): Promise<void> => {
    const browser = turn(browsers, index);
    const result = await auth.refresh({ headers: { cookie: browser.cookie } });
    insist(result.status === "renewed" && result.cookies.length === 2, "a refresh was refused");
    browser.cookie = cookieHeader(result.cookies);
  };
  return { name: "auth.refresh", run, awaited: true };
}
