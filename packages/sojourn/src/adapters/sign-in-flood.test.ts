import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { AuthOptions } from "../auth-options.ts";
import { createAuth } from "../create-auth.ts";
import { testSecret } from "../http/http-test-kit.fixture.ts";
import { createArgon2Hasher } from "../login/password/hasher.ts";
import { password } from "../login/password/index.ts";
import type { StoredUser } from "../ports/user-directory.ts";
import { memory } from "../stores/memory/index.ts";
import { toNodeHandler } from "./node.ts";

const megabyte = 1024 * 1024;
const ada = { email: "ada@example.com", password: "correct horse battery" };
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** What one hash takes is in the order of 20 MiB and 10 ms: the real thing, and counted. */
interface FloodedSite {
  readonly origin: string;
  readonly hashes: { begun: number; done: number; mostAtOnce: number };
  post(path: string, body: unknown): Promise<{ readonly status: number; readonly retryAfter: string | null }>;
}

async function serve(options: Partial<AuthOptions<StoredUser>> = {}): Promise<FloodedSite> {
  const argon2 = createArgon2Hasher();
  const hashes = { begun: 0, done: 0, mostAtOnce: 0 };
  const counted = async <Result>(job: Promise<Result>): Promise<Result> => {
    hashes.begun += 1;
    hashes.mostAtOnce = Math.max(hashes.mostAtOnce, hashes.begun - hashes.done);
    return job.finally(() => (hashes.done += 1));
  };
  const auth = createAuth<StoredUser>({
    store: memory(),
    secret: testSecret,
    login: [
      password({
        hasher: {
          ...argon2,
          hash: (text) => counted(argon2.hash(text)),
          verify: (phc, text) => counted(argon2.verify(phc, text)),
        },
        parallelHashes: 1,
      }),
    ],
    ...options,
  });
  const handle = toNodeHandler(auth);
  const server: Server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await auth.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const post: FloodedSite["post"] = async (path, body) => {
    const headers = { "content-type": "application/json", origin };
    const response = await fetch(`${origin}/auth${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    await response.text();
    return { status: response.status, retryAfter: response.headers.get("retry-after") };
  };
  return { origin, hashes, post };
}

const count = (answers: readonly { readonly status: number }[], wanted: number): number =>
  answers.filter(({ status }) => status === wanted).length;

describe("200 bad sign-ins at once, with real argon2 and over real sockets (T-20, OP-05)", () => {
  it("leave sessions to be checked while hashes are still waiting, and take no more memory than a few hashes", async () => {
    const site = await serve();
    const before = process.memoryUsage().rss;
    let mostMemory = 0;
    const flood = Array.from({ length: 200 }, async (_, at) => {
      const answer = await site.post("/sign-in/password", {
        email: `user-${at}@example.com`,
        password: "wrong",
      });
      mostMemory = Math.max(mostMemory, process.memoryUsage().rss - before);
      return answer;
    });
    while (site.hashes.begun < 2) await new Promise((resolve) => setImmediate(resolve));
    // How far the hashes were whenever a check had been answered.
    const doneAtCheck: number[] = [];
    do {
      const response = await fetch(`${site.origin}/auth/session`);
      expect([response.status, await response.json()]).toEqual([200, null]);
      doneAtCheck.push(site.hashes.done);
    } while (site.hashes.done < 20);
    const answers = await Promise.all(flood);
    const [refused, busy] = [count(answers, 401), count(answers, 503)];
    expect([refused + busy, busy > 0]).toEqual([200, true]);
    expect(answers.every(({ status, retryAfter }) => status !== 503 || retryAfter === "1")).toBe(true);
    // Beside them the one that made-up accounts are compared with.
    expect([site.hashes.begun, site.hashes.mostAtOnce]).toEqual([refused + 1, 1]);
    // One was running and 32 waited when the checks began: they were answered before those had had their turn.
    expect(site.hashes.done).toBeGreaterThanOrEqual(33);
    expect(doneAtCheck[0]).toBeLessThan(33);
    expect(mostMemory).toBeLessThan(400 * megabyte);
  });

  it("at one account are ten hashes, and the rest are told when to come back", async () => {
    const site = await serve();
    await site.post("/sign-up/password", ada);
    const { begun } = site.hashes;
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => site.post("/sign-in/password", { ...ada, password: "wrong" })),
    );
    expect([count(answers, 401), count(answers, 429)]).toEqual([10, 190]);
    // With the one that made-up accounts are compared with.
    expect(site.hashes.begun - begun).toBeLessThanOrEqual(11);
    for (const { status, retryAfter } of answers)
      if (status === 429) expect(Number(retryAfter)).toBeGreaterThan(14 * 60);
  });

  it("with a megabyte of password each are refused before anything is hashed, or read to its end", async () => {
    const site = await serve();
    const text = JSON.stringify({ ...ada, password: "x".repeat(megabyte) });
    const send = (announced: boolean): Promise<number> =>
      new Promise((resolve, reject) => {
        const headers = { "content-type": "application/json", origin: site.origin };
        const sent = httpRequest(
          `${site.origin}/auth/sign-in/password`,
          { method: "POST", headers: announced ? { ...headers, "content-length": text.length } : headers },
          (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          },
        );
        sent.on("error", reject);
        sent.end(text);
      });
    const answers = await Promise.all(Array.from({ length: 20 }, async (_, at) => send(at % 2 === 0)));
    expect(new Set(answers)).toEqual(new Set([413]));
    // What fits into a body is still no password.
    const long = await site.post("/sign-in/password", { ...ada, password: "x".repeat(5000) });
    expect([long.status, site.hashes.begun]).toEqual([400, 0]);
  });
});
