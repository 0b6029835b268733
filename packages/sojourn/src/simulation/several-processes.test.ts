import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Auth } from "../auth.ts";
import { createAuth } from "../create-auth.ts";
import type { BaseUser } from "../domain/principal.ts";
import { sqlite } from "../stores/sqlite/index.ts";
import type { Store } from "../ports/session-store.ts";
import type { Order, Report } from "./race.worker.ts";
import { Browser, testSecret } from "./world.fixture.ts";

/** Four processes and this one on one SQLite file, with the real clock. */
describe("four processes on one SQLite file", () => {
  let folder: string;
  let workers: ChildProcess[];
  let store: Store;
  let auth: Auth;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sojourn-race-"));
    const file = join(folder, "app.db");
    workers = Array.from({ length: 4 }, () =>
      fork(fileURLToPath(new URL("race.worker.ts", import.meta.url)), [file], {
        execArgv: ["--disable-warning=ExperimentalWarning"],
      }),
    );
    await Promise.all(workers.map((worker) => once(worker, "message")));
    store = sqlite(file);
    auth = createAuth<BaseUser>({ strategy: "hybrid", secret: testSecret, store });
  }, 60_000);

  afterAll(async () => {
    for (const worker of workers) worker.kill();
    await auth.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Gives each process an order at the same moment, and waits for all reports. */
  async function together(orders: readonly Order[]): Promise<Report[]> {
    const reports = orders.map(async (order, i) => {
      const worker = workers[i] as ChildProcess;
      const reply = once(worker, "message");
      worker.send(order);
      return (await reply)[0] as Report;
    });
    return Promise.all(reports);
  }

  it(
    "rotates once and hands out one successor, with 50 simultaneous refreshes in each, in 100 rounds",
    { timeout: 180_000 },
    async () => {
      for (let round = 0; round < 100; round += 1) {
        const browser = new Browser();
        const sid = await browser.signIn(auth, `user-${round % 7}`);
        const order: Order = { do: "refresh", cookies: [...browser.jar], times: 50 };
        const reports = await together([order, order, order, order]);

        expect(reports.flatMap(({ outcomes }) => outcomes)).toEqual(Array(200).fill(200));
        expect(new Set(reports.flatMap(({ refreshTokens }) => refreshTokens)).size).toBe(1);
        expect(reports.reduce((sum, { rotations }) => sum + rotations, 0)).toBe(1);
        expect((await store.sessions.find(sid))?.record.refresh?.counter).toBe(1);
      }
    },
  );

  it(
    "leaves no live session where signing out races refresh, touch and data writes, in 1,000 rounds",
    { timeout: 240_000 },
    async () => {
      let late = 0;
      for (let round = 0; round < 1000; round += 1) {
        const browser = new Browser();
        const sid = await browser.signIn(auth, "ada");
        const cookies = [...browser.jar];
        const reports = await together([
          { do: "refresh", cookies, times: 3 },
          { do: "signOut", cookies },
          { do: "touch", sid, times: 4 },
          { do: "setData", sid, times: 4 },
        ]);
        const record = (await store.sessions.find(sid))?.record;
        expect(record?.endReason).toBe("signed_out");
        // Whatever the racing refresh handed out is dead as well, in a process that took no part.
        for (const token of new Set(reports[0]?.refreshTokens)) {
          late += 1;
          expect((await auth.authenticate(withRefresh(token).headers())).status).toBe("ended");
        }
        expect((await auth.authenticate(browser.headers(), { maxAge: 0 })).status).toBe("ended");
      }
      // The race was one: in some rounds the refresh came first.
      expect(late).toBeGreaterThan(0);
    },
  );

  it(
    "tells every process of a revocation within maxRevocationLag, although they verify without the store",
    { timeout: 60_000 },
    async () => {
      for (let round = 0; round < 5; round += 1) {
        const browser = new Browser();
        const sid = await browser.signIn(auth, "bob");
        const watching = together(
          Array.from({ length: 4 }, () => ({ do: "readUntilOver", cookies: [...browser.jar], forMs: 2000 })),
        );
        await auth.sessions.revoke(sid);
        expect((await watching).flatMap(({ outcomes }) => outcomes)).toEqual(Array(4).fill("ended"));
      }
    },
  );
});

function withRefresh(token: string): Browser {
  const browser = new Browser();
  browser.jar.set("sojourn-refresh", token);
  return browser;
}
