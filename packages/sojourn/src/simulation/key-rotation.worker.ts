import { setTimeout as wait } from "node:timers/promises";
import type { Auth } from "../auth.ts";
import { createAuth } from "../create-auth.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { OpensStore } from "../stores/races.worker.ts";
import {
  type NodeOrder,
  type NodeSetup,
  type NodeWord,
  type Refusal,
  rules,
  type SharedToken,
  trueTime,
} from "./key-rotation.fixture.ts";
import { testSecret } from "./world.fixture.ts";

const setup = JSON.parse(process.argv[2] ?? "{}") as NodeSetup;
const say = (word: NodeWord): void => void process.send?.(word);
const keyIdOf = (token: string): string => {
  const { kid } = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as {
    kid: string;
  };
  return kid.slice(0, 8);
};

const mine: SharedToken[] = [];
const others: SharedToken[] = [];
const signed: Record<string, number> = {};
const lastAccepted: Record<string, number> = {};
const refused: Refusal[] = [];
let [checked, refreshed] = [0, 0];

await run();

/** One of two processes whose keys rotate while both sign and check. It goes on until it is killed. */
async function run(): Promise<void> {
  const auth = await openNode();
  await auth.ready();
  listenToOrders(auth);
  say({ ready: true });
  const sign = signerOf(auth);
  const { check, refresh } = checksOf(auth);
  let used = 0;
  for (let round = 0; ; round += 1) {
    await sign();
    // The next in turn, however far this node is ahead of the other.
    if (round % 2 === 1 && used < others.length) await refresh(others[used++]);
    for (let i = 0; i < 10; i += 1) {
      // The newest, which the other node may have signed a moment ago, and each of all before in turn.
      await check(others.at(-1));
      await check(others[(round * 10 + i) % Math.max(1, others.length)]);
      await check(mine[(round * 10 + i) % Math.max(1, mine.length)]);
    }
    await wait(5);
  }
}

async function openNode(): Promise<Auth<BaseUser>> {
  const opener = (await import(setup.module)) as OpensStore;
  const store = await opener.open(setup.where);
  return createAuth<BaseUser>({
    store,
    strategy: setup.strategy,
    secret: testSecret,
    keys: { announceFor: rules.announceFor / 1000, rotateEvery: "never" },
    session: { maxRevocationLag: rules.lag / 1000 },
    jwt: { alg: setup.alg },
    transports: ["header"],
    users: { findById: (id) => ({ id, role: "user" }) },
    sweep: false,
    clock: {
      now: () => Math.floor(trueTime(setup) + setup.ahead),
      setTimer(ms, due) {
        const timer = setTimeout(due, ms / setup.speed);
        return () => clearTimeout(timer);
      },
    },
  });
}

/** What the test wants to know, or wants done to the keys. */
function listenToOrders(auth: Auth<BaseUser>): void {
  const obey = async (order: NodeOrder): Promise<void> => {
    if (order.do === "take") others.push(...order.tokens);
    else if (order.do === "report") say({ report: { signed, checked, refreshed, refused, lastAccepted } });
    else {
      const { keys } = auth;
      const key =
        order.do === "rotate"
          ? await keys.rotate()
          : order.do === "revoke"
            ? await keys.revoke(order.id)
            : null;
      const at = trueTime(setup);
      say({ keys: await keys.list(), key, at });
    }
  };
  process.on("message", (order: NodeOrder) => {
    obey(order).catch((error: unknown) => say({ failed: String(error) }));
  });
}

function signerOf(auth: Auth<BaseUser>): () => Promise<void> {
  return async () => {
    const { credentials } = await auth.sessions.create({ userId: "ada", method: "test" });
    if (credentials === null) throw new Error("no credentials");
    const { access, refresh, accessExpiresAt } = credentials;
    const keyId = keyIdOf(access);
    signed[keyId] = (signed[keyId] ?? 0) + 1;
    const token = { access, refresh, keyId, expiresAt: accessExpiresAt };
    mine.push(token);
    say({ tokens: [token] });
  };
}

type Check = (token: SharedToken | undefined) => Promise<void>;

function checksOf(auth: Auth<BaseUser>): { readonly check: Check; readonly refresh: Check } {
  const judge = (keyId: string, at: number, answer: string): void => {
    if (answer === "active") lastAccepted[keyId] = Math.max(lastAccepted[keyId] ?? 0, at);
    else refused.push({ keyId, at, answer });
  };
  const check = async (token: SharedToken | undefined): Promise<void> => {
    if (token === undefined || token.expiresAt - 60_000 < trueTime(setup)) return;
    const at = trueTime(setup);
    const state = await auth.verify({ authorization: `Bearer ${token.access}` });
    checked += 1;
    judge(token.keyId, at, state.status);
  };
  /** Each refresh token of the other node is used once, here. */
  const refresh = async (token: SharedToken | undefined): Promise<void> => {
    if (token?.refresh === undefined || token.refresh === null) return;
    const at = trueTime(setup);
    const reply = await auth.handler(
      new Request("http://localhost/auth/refresh", {
        method: "POST",
        headers: { "content-type": "application/json", "sec-fetch-site": "same-origin" },
        body: JSON.stringify({ refreshToken: token.refresh }),
      }),
    );
    refreshed += 1;
    judge(token.keyId, at, reply.status === 200 ? "active" : `refresh ${reply.status}`);
  };
  return { check, refresh };
}
