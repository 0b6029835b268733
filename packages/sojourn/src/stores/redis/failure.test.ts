import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Commands } from "./commands.ts";
import { Deadline, DeadlineError } from "./deadline.ts";
import { repeatable } from "./failure.ts";
import { Script } from "./script.ts";

const script = new Script("return 1");

/** A server that answers as it is told, one answer for each call. */
function answering(...answers: readonly unknown[]): { commands: Commands; sent: string[] } {
  const sent: string[] = [];
  const left = [...answers];
  const connection = {
    cluster: false,
    send: async (_key: string, command: readonly string[]): Promise<unknown> => {
      sent.push(command[0] ?? "");
      const answer = left.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    subscribe: () => ({ ready: Promise.resolve(), close: () => undefined }),
  };
  return { commands: new Commands(connection, new Deadline(1000)), sent };
}

describe("a failure of Redis", () => {
  it.each([
    ["TRYAGAIN Multiple keys request during rehashing of slot", "any"],
    ["CLUSTERDOWN Hash slot not served", "any"],
    ["MOVED 3999 127.0.0.1:6381", "any"],
    ["LOADING Redis is loading the dataset in memory", "any"],
    ["READONLY You can't write against a read only replica.", "any"],
    ["BUSY Redis is busy running a script.", "any"],
    ["Too many Cluster redirections. Last error: ReplyError: TRYAGAIN Multiple keys", "any"],
    ["ERR Script attempted to access a non local key in a cluster node script: 1", "any"],
    ["Connection is closed.", "safe"],
    ["Socket closed unexpectedly", "safe"],
    ["WRONGTYPE Operation against a key holding the wrong kind of value", "never"],
    ["OOM command not allowed when used memory > 'maxmemory'.", "never"],
    ["NOAUTH Authentication required.", "never"],
  ] as const)("%s may be repeated: %s", (message, expected) => {
    expect(repeatable(new Error(message))).toBe(expected);
  });

  it("that no connection came about may be repeated for any call", () => {
    expect(repeatable(Object.assign(new Error("connect"), { code: "ECONNREFUSED" }))).toBe("any");
  });

  it("is repeated for a script that only the reply of is lost where it is safe, and not else", async () => {
    const lost = new Error("Connection is closed.");
    const safe = answering(lost, 1);
    expect(await safe.commands.run(script, ["k"], [], true)).toBe(1);
    const unsafe = answering(lost, 1);
    await expect(unsafe.commands.run(script, ["k"], [], false)).rejects.toMatchObject({
      code: "store_unavailable",
      retryAfter: 1,
      cause: lost,
    });
    expect([safe.sent.length, unsafe.sent.length]).toEqual([2, 1]);
  });

  it("to know a script sends it whole, also in the middle of repeating", async () => {
    const unknown = new Error("NOSCRIPT No matching script. Please use EVAL.");
    const { commands, sent } = answering(unknown, new Error("TRYAGAIN now"), unknown, 7);
    expect(await commands.run(script, ["k"], [], false)).toBe(7);
    expect(sent).toEqual(["EVALSHA", "EVAL", "EVALSHA", "EVAL"]);
  });

  it("of a look-up is repeated, but not one that has taken its time", async () => {
    const { commands, sent } = answering(new Error("Socket closed unexpectedly"), "text");
    expect(await commands.read("k", ["GET", "k"], String)).toBe("text");
    expect(sent).toEqual(["GET", "GET"]);
    const late = answering(new DeadlineError("late"), "text");
    await expect(late.commands.read("k", ["GET", "k"], String)).rejects.toMatchObject({
      code: "store_unavailable",
    });
  });
});

describe("a deadline", () => {
  const never = (): Promise<never> => new Promise(() => undefined);

  /** A deadline whose beats a test gives. */
  function beating(): {
    deadline: Deadline;
    beat(times: number): Promise<void>;
    beatsEvery: () => number | null;
  } {
    let running: { run: () => void; ms: number } | null = null;
    const deadline = new Deadline(1000, (run, ms) => {
      running = { run, ms };
      return () => (running = null);
    });
    const beat = async (times: number): Promise<void> => {
      for (let at = 0; at < times; at += 1) running?.run();
      await nextTurn();
    };
    return { deadline, beat, beatsEvery: () => running?.ms ?? null };
  }

  const outcome = (call: Promise<unknown>): { now: unknown } => {
    const seen: { now: unknown } = { now: "waiting" };
    call.then(
      (value) => (seen.now = value),
      (error: Error) => (seen.now = error.name),
    );
    return seen;
  };

  it("lets each call wait for its time and a quarter of it at the most", async () => {
    const { deadline, beat, beatsEvery } = beating();
    const call = outcome(deadline.within(never()));
    expect(beatsEvery()).toBe(250);
    await beat(4);
    expect(call.now).toBe("waiting");
    await beat(1);
    expect(call.now).toBe("DeadlineError");
  });

  it("fails those alone who have waited, and gives the others their answer", async () => {
    const { deadline, beat } = beating();
    const first = outcome(deadline.within(never()));
    await beat(3);
    const second = outcome(deadline.within(Promise.resolve("answer")));
    const third = outcome(deadline.within(never()));
    await beat(2);
    expect([first.now, second.now, third.now]).toEqual(["DeadlineError", "answer", "waiting"]);
    await beat(3);
    expect(third.now).toBe("DeadlineError");
  });

  it("does nothing more for a call that fails after its time", async () => {
    const { deadline, beat } = beating();
    let fail: (error: Error) => void = () => undefined;
    const asked = new Promise<never>((_, reject) => (fail = reject));
    const repeated: unknown[] = [];
    const call = outcome(
      deadline.reading(asked, String, async (error) => {
        repeated.push(error);
        throw error;
      }),
    );
    await beat(5);
    fail(new Error("Connection is closed."));
    await nextTurn();
    expect([call.now, repeated.length]).toEqual(["DeadlineError", 1]);
  });

  it("leaves no timer behind when nobody waits, and begins again", async () => {
    const { deadline, beat, beatsEvery } = beating();
    await deadline.within(Promise.resolve());
    await beat(1);
    expect(beatsEvery()).toBe(null);
    const call = outcome(deadline.within(never()));
    await beat(5);
    expect(call.now).toBe("DeadlineError");
  });
});
