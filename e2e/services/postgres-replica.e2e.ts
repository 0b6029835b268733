import { afterAll, beforeAll, expect, it } from "vitest";
import { createAuth } from "sojourn";
import { postgres } from "sojourn/postgres";
import { findPostgres, type PrivatePostgres, startPostgres, startReplica } from "./private-postgres.ts";
import { describeWithProgram } from "./programs.ts";

const bin = findPostgres();
const secret = "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM";
const maxStaleness = 500;

describeWithProgram("PostgreSQL's server", bin)("sessions read from a replica", () => {
  let primary: PrivatePostgres;
  let replica: PrivatePostgres;
  const leftOpen: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    primary = await startPostgres(bin ?? "");
    replica = await startReplica(bin ?? "", primary);
  });
  afterAll(async () => {
    for (const close of leftOpen) await close();
    replica.remove();
    primary.remove();
  });

  /** A node with the replica, one without, and a person who is signed in. */
  async function setUp(userId: string) {
    const node = (withReplica: boolean) => {
      const store = postgres(primary.url, {
        users: false,
        ...(withReplica && { replica: { connection: replica.url, maxStaleness: "500ms" } }),
      });
      const auth = createAuth({ secret, store, users: { findById: (id: string) => ({ id }) } });
      leftOpen.push(
        async () => auth.close(),
        async () => store.close(),
      );
      return auth;
    };
    const [reader, other] = [node(true), node(false)];
    const issued = await other.sessions.create({ userId, method: "test" });
    const headers = { cookie: issued.cookies[0]?.split(";")[0] ?? "" };
    const status = async (options = {}) => (await reader.authenticate({ headers }, options)).status;
    return { reader, other, sid: issued.session.sid, status };
  }
  /** How often sessions were looked up on the replica, by its own statistics, which come ten seconds late. */
  const scansOnReplica = (): number =>
    Number(
      replica.run(
        "SELECT coalesce(sum(coalesce(idx_scan, 0) + seq_scan), 0) FROM pg_stat_user_tables WHERE relname = 'sojourn_session'",
      ),
    );

  async function until(condition: () => Promise<boolean>, within: number): Promise<number> {
    const begun = performance.now();
    while (!(await condition())) {
      if (performance.now() - begun > within) return Number.POSITIVE_INFINITY;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return performance.now() - begun;
  }

  it("come from it, and somebody who has just signed in is known though it has not heard", async () => {
    const { reader, other, status } = await setUp("ada");
    replica.run("SELECT pg_wal_replay_pause()");
    const grace = await other.sessions.create({ userId: "grace", method: "test" });
    const headers = { cookie: grace.cookies[0]?.split(";")[0] ?? "" };
    expect((await reader.authenticate({ headers })).status).toBe("active");
    replica.run("SELECT pg_wal_replay_resume()");
    const before = scansOnReplica();
    // It is asked again once the node has heard that it has caught up, which on a busy machine takes a while.
    const served = async () => {
      for (let n = 0; n < 20; n += 1) expect(await status()).toBe("active");
      return scansOnReplica() - before >= 100;
    };
    expect(await until(served, 45_000)).toBeLessThan(45_000);
  });

  it("die within the bound though it lags for ever, and at once where asked with maxAge 0", async () => {
    const { other, sid, status } = await setUp("bob");
    expect(await until(async () => (await status()) === "active", 5000)).toBeLessThan(5000);
    replica.run("SELECT pg_wal_replay_pause()");
    try {
      await other.sessions.revoke(sid);
      expect(await status({ maxAge: 0 })).toBe("ended");
      const took = await until(async () => (await status()) === "ended", 5000);
      console.log(
        `A session that another node ended was dead for a node with a paused replica after ${Math.round(took)} ms.`,
      );
      expect(took).toBeLessThan(maxStaleness + 200);
    } finally {
      replica.run("SELECT pg_wal_replay_resume()");
    }
  });

  it("die at once in the process that ends them", async () => {
    const { reader, sid, status } = await setUp("eve");
    expect(await status()).toBe("active");
    replica.run("SELECT pg_wal_replay_pause()");
    try {
      await reader.sessions.revoke(sid);
      expect(await status()).toBe("ended");
    } finally {
      replica.run("SELECT pg_wal_replay_resume()");
    }
  });

  it("come from the primary while the replica is away", async () => {
    const { sid, other, status } = await setUp("kim");
    replica.stop();
    expect(await status()).toBe("active");
    await other.sessions.revoke(sid);
    expect(await until(async () => (await status()) === "ended", 5000)).toBeLessThan(maxStaleness + 500);
    replica.start();
  });
});
