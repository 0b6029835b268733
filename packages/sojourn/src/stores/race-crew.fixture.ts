import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { sampleSession } from "../testing/index.ts";
import type { RaceAnswer, RaceStep, RaceTarget, RaceTask } from "./races.worker.ts";

/** When the sessions of a race are signed in. */
export const start: number = Date.UTC(2030, 0, 1);
export const processes = 4;
/** Calls at once in each process: with four of them a hundred on one session. */
export const calls = 25;

export const newSids = (count: number): string[] => Array.from({ length: count }, () => sampleSession().sid);

/** The processes. */
export class Crew {
  #workers: ChildProcess[] = [];

  start(): void {
    this.#workers = Array.from({ length: processes }, startWorker);
  }

  /** Asks all of them at once. */
  askAll(taskOf: (index: number) => RaceTask): Promise<RaceAnswer[]> {
    return Promise.all(this.#workers.map((worker, index) => ask(worker, taskOf(index))));
  }

  /** Lets one more process write until so many steps are acknowledged, and kills it. @returns those steps. */
  async killWhileWriting(target: RaceTarget, acknowledgements: number): Promise<readonly RaceStep[]> {
    const worker = startWorker();
    await ask(worker, { do: "open", target });
    worker.send({ do: "writeOn" } satisfies RaceTask);
    const done: RaceStep[] = [];
    while (done.length < acknowledgements) done.push(await nextMessage<RaceStep>(worker));
    await kill(worker);
    return done;
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map(kill));
  }
}

function startWorker(): ChildProcess {
  return fork(join(import.meta.dirname, "races.worker.ts"), [], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
}

/** One message of a process. Rejects if it tells of a failure, or dies. */
function nextMessage<Message extends object>(worker: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const died = (): void => reject(new Error("The process died."));
    worker.once("exit", died);
    worker.once("message", (message: Message | { failed: string }) => {
      worker.off("exit", died);
      if ("failed" in message) reject(new Error(message.failed));
      else resolve(message);
    });
  });
}

function ask(worker: ChildProcess, task: RaceTask): Promise<RaceAnswer> {
  const answer = nextMessage<RaceAnswer>(worker);
  worker.send(task);
  return answer;
}

async function kill(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.kill("SIGKILL");
  await gone;
}
