import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JwtAlgorithm, StrategyName } from "../auth-options.ts";
import type { KeyInfo } from "../auth-keys.ts";
import { describePostgres, makeSchema } from "../stores/postgres/server.fixture.ts";
import {
  type NodeOrder,
  type NodeReport,
  type NodeSetup,
  type NodeWord,
  rules,
  trueTime,
} from "./key-rotation.fixture.ts";

/** An hour takes a minute and a half. */
const speed = 40;
const module = (store: string): string =>
  new URL(`../stores/${store}/race-store.fixture.ts`, import.meta.url).href;

/** Two processes that sign, and check each other's tokens, without a pause. */
class Pair {
  readonly #nodes: readonly ChildProcess[];
  readonly #time = { startedAt: Date.now(), speed };

  constructor(place: Pick<NodeSetup, "module" | "where">, strategy: StrategyName, alg: JwtAlgorithm) {
    this.#nodes = [10_000, -10_000].map((ahead) => {
      const setup: NodeSetup = { ...place, strategy, alg, ...this.#time, ahead };
      return fork(
        fileURLToPath(new URL("key-rotation.worker.ts", import.meta.url)),
        [JSON.stringify(setup)],
        {
          execArgv: ["--disable-warning=ExperimentalWarning"],
        },
      );
    });
    for (const [i, node] of this.#nodes.entries()) {
      node.on("message", (word: NodeWord) => {
        if ("tokens" in word)
          this.#nodes[1 - i]?.send({ do: "take", tokens: word.tokens } satisfies NodeOrder);
      });
    }
  }

  async begun(): Promise<void> {
    await Promise.all([0, 1].map((i) => this.#hear(i, (word) => ("ready" in word ? word : null))));
  }

  /** The next key, as soon as there is one. */
  async announced(): Promise<KeyInfo> {
    for (;;) {
      const { keys } = await this.ask(0, { do: "list" });
      const next = stateOf(keys, "announced");
      if (next !== undefined) return next;
      await wait(20);
    }
  }

  ask(node: number, order: NodeOrder): Promise<Extract<NodeWord, { keys: unknown }>> {
    const answer = this.#hear(node, (word) => ("keys" in word ? word : null));
    this.#nodes[node]?.send(order);
    return answer;
  }

  async reports(): Promise<readonly NodeReport[]> {
    return Promise.all(
      this.#nodes.map((node, i) => {
        const answer = this.#hear(i, (word) => ("report" in word ? word.report : null));
        node.send({ do: "report" } satisfies NodeOrder);
        return answer;
      }),
    );
  }

  /** Until a time by the fast clock, and for as long after it as the slower clock and late news take. */
  async until(time: number): Promise<void> {
    const late = 10_000 + rules.lag;
    await wait(Math.max(0, (time + late - trueTime(this.#time)) / speed));
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#nodes.map(async (node) => {
        const exit = once(node, "exit");
        node.kill();
        await exit;
      }),
    );
  }

  #hear<Heard>(node: number, pick: (word: NodeWord) => Heard | null): Promise<Heard> {
    const child = this.#nodes[node] as ChildProcess;
    return new Promise((resolve, reject) => {
      const listen = (word: NodeWord): void => {
        const heard = pick(word);
        if (heard === null && !("failed" in word)) return;
        child.off("message", listen);
        if ("failed" in word) reject(new Error(word.failed));
        else resolve(heard as Heard);
      };
      child.on("message", listen);
    });
  }
}

const stateOf = (keys: readonly KeyInfo[], state: KeyInfo["state"]): KeyInfo | undefined =>
  keys.find((key) => key.state === state);

function rotationSuite(
  name: string,
  describeStore: typeof describe | typeof describePostgres,
  begin: () => Promise<{ readonly place: Pick<NodeSetup, "module" | "where">; remove(): Promise<void> }>,
  kinds: readonly (readonly [StrategyName, JwtAlgorithm])[],
): void {
  describeStore(
    `two processes on ${name}, in which keys rotate three times while both sign and check`,
    () => {
      let remove: () => Promise<void> = async () => undefined;
      let place: Pick<NodeSetup, "module" | "where">;
      beforeAll(async () => {
        ({ place, remove } = await begin());
      });
      afterAll(() => remove());

      it.each(kinds)(
        "with %s sessions and %s no valid token is refused, and none of a revoked key accepted after the bound",
        { timeout: 120_000 },
        async (strategy, alg) => {
          const pair = new Pair(place, strategy, alg);
          try {
            await pair.begun();
            const first = await pair.announced();
            await pair.until(Date.parse(first.activatesAt ?? ""));
            for (let rotation = 0; rotation < 3; rotation += 1) {
              const before = stateOf((await pair.ask(0, { do: "list" })).keys, "active")?.id;
              // The last time both are told at once, and it counts once.
              const told = rotation === 2 ? [0, 1] : [rotation];
              const answers = await Promise.all(told.map((node) => pair.ask(node, { do: "rotate" })));
              const next = new Set(answers.map(({ key }) => key?.id));
              await pair.until(Date.parse(answers[0]?.key?.activatesAt ?? ""));
              const active = await Promise.all(
                [0, 1].map(
                  async (node) => stateOf((await pair.ask(node, { do: "list" })).keys, "active")?.id,
                ),
              );
              expect(new Set(active)).toEqual(next);
              expect(active[0]).not.toBe(before);
            }
            const quiet = await pair.reports();
            expect(quiet.flatMap(({ refused }) => refused)).toEqual([]);
            const signers = new Set(quiet.flatMap(({ signed }) => Object.keys(signed)));
            expect(signers.size).toBeGreaterThanOrEqual(4);
            for (const { checked } of quiet) expect(checked).toBeGreaterThan(500);
            if (strategy === "hybrid")
              for (const { refreshed } of quiet) expect(refreshed).toBeGreaterThan(5);

            const { keys } = await pair.ask(1, { do: "list" });
            const leaked = stateOf(keys, "active")?.id ?? "";
            const { at } = await pair.ask(1, { do: "revoke", id: leaked });
            await pair.until(at + 3 * rules.lag);
            for (const { refused, lastAccepted } of await pair.reports()) {
              expect(refused.filter(({ keyId }) => keyId !== leaked)).toEqual([]);
              expect(refused.length).toBeGreaterThan(0);
              expect(lastAccepted[leaked]).toBeLessThanOrEqual(at + rules.lag);
            }
          } finally {
            await pair.stop();
          }
        },
      );
    },
  );
}

rotationSuite(
  "one SQLite file",
  describe,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "sojourn-keys-"));
    return {
      place: { module: module("sqlite"), where: join(folder, "app.db") },
      remove: () => rm(folder, { recursive: true, force: true }),
    };
  },
  [
    ["hybrid", "HS256"],
    ["hybrid", "EdDSA"],
    ["stateless", "HS256"],
    ["stateless", "EdDSA"],
  ],
);

rotationSuite(
  "PostgreSQL",
  describePostgres,
  async () => {
    const schema = await makeSchema();
    return { place: { module: module("postgres"), where: `pg ${schema.url}` }, remove: () => schema.drop() };
  },
  [["hybrid", "EdDSA"]],
);
