import { setTimeout as nextTurn } from "node:timers/promises";
import { createAuth } from "../create-auth.ts";
import { isSojournError } from "../domain/errors.ts";
import { sqlite } from "../stores/sqlite/index.ts";
import { Browser, testSecret } from "./world.fixture.ts";

/** One process of several on one SQLite file. It does what it is told and reports what came of it. */
export type Order =
  | {
      readonly do: "refresh";
      readonly cookies: readonly (readonly [string, string])[];
      readonly times: number;
    }
  | { readonly do: "signOut"; readonly cookies: readonly (readonly [string, string])[] }
  | { readonly do: "touch"; readonly sid: string; readonly times: number }
  | { readonly do: "setData"; readonly sid: string; readonly times: number }
  /** Reads the session again and again, as requests would, until it is over or the time is. */
  | {
      readonly do: "readUntilOver";
      readonly cookies: readonly (readonly [string, string])[];
      readonly forMs: number;
    };

/** What came of an order. */
export interface Report {
  /** Status codes, or the state that was read. */
  readonly outcomes: readonly (number | string)[];
  /** The refresh tokens that were handed out. */
  readonly refreshTokens: readonly string[];
  /** How often this process rotated. */
  readonly rotations: number;
}

const file = process.argv[2] ?? ":memory:";
let rotations = 0;
const auth = createAuth({
  strategy: "hybrid",
  secret: testSecret,
  store: sqlite(file),
  onEvent: (event) => {
    if (event.type === "session_renewed") rotations += 1;
  },
});

function browserWith(cookies: readonly (readonly [string, string])[]): Browser {
  const browser = new Browser();
  for (const [name, value] of cookies) browser.jar.set(name, value);
  return browser;
}

async function carryOut(order: Order): Promise<Omit<Report, "rotations">> {
  switch (order.do) {
    case "refresh": {
      const browser = browserWith(order.cookies);
      const replies = await Promise.all(Array.from({ length: order.times }, () => browser.sendRefresh(auth)));
      const tokens = replies
        .flatMap((reply) => reply.headers.getSetCookie())
        .filter((cookie) => cookie.startsWith("sojourn-refresh=r1."));
      return {
        outcomes: replies.map(({ status }) => status),
        refreshTokens: tokens.map((cookie) => cookie.slice(16, cookie.indexOf(";"))),
      };
    }
    case "signOut":
      await auth.signOut(browserWith(order.cookies).headers());
      return { outcomes: [], refreshTokens: [] };
    case "touch":
      return { outcomes: await repeat(order.times, () => auth.sessions.touch(order.sid)), refreshTokens: [] };
    case "setData":
      return {
        outcomes: await repeat(order.times, (i) => auth.sessions.setData(order.sid, `key-${i}`, i)),
        refreshTokens: [],
      };
    case "readUntilOver":
      return { outcomes: [await readUntilOver(order.cookies, order.forMs)], refreshTokens: [] };
  }
}

async function readUntilOver(
  cookies: readonly (readonly [string, string])[],
  forMs: number,
): Promise<string> {
  const headers = browserWith(cookies).headers();
  const begun = performance.now();
  for (;;) {
    const { status } = await auth.authenticate(headers);
    if (status !== "active" || performance.now() - begun > forMs) return status;
    await nextTurn(5);
  }
}

async function repeat(times: number, run: (i: number) => Promise<unknown>): Promise<string[]> {
  const outcomes: string[] = [];
  for (let i = 0; i < times; i += 1) {
    outcomes.push(
      await run(i).then(String, (error: unknown) => (isSojournError(error) ? error.code : String(error))),
    );
  }
  return outcomes;
}

process.on("message", (order: Order) => {
  rotations = 0;
  carryOut(order).then(
    (done) => process.send?.({ ...done, rotations } satisfies Report),
    (error: unknown) =>
      process.send?.({ outcomes: [String(error)], refreshTokens: [], rotations } satisfies Report),
  );
});
process.send?.("ready");
