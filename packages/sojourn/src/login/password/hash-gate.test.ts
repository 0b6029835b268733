import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { createGate, type Gate } from "./hash-gate.ts";

/** Jobs that end when the test says so. */
class Jobs {
  readonly started: string[] = [];
  readonly #ends = new Map<string, { resolve: (name: string) => void; reject: (error: Error) => void }>();

  start(gate: Gate, name: string, signal?: AbortSignal): Promise<string> {
    const end = new Promise<string>((resolve, reject) => {
      this.#ends.set(name, { resolve, reject });
    });
    return gate.run(() => {
      this.started.push(name);
      return end;
    }, signal);
  }

  async finish(name: string): Promise<void> {
    this.#ends.get(name)!.resolve(name);
    await settled();
  }

  async fail(name: string): Promise<void> {
    this.#ends.get(name)!.reject(new Error(`${name} failed`));
    await settled();
  }
}

/** Lets everything that waits for promises alone go on. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe("the gate before password hashing", () => {
  it("runs as many jobs at once as it may, and starts the next when one ends", async () => {
    const [jobs, gate] = [new Jobs(), createGate({ parallel: 2, queue: 10 })];
    const results = ["a", "b", "c", "d"].map((name) => jobs.start(gate, name));
    await settled();
    expect(jobs.started).toEqual(["a", "b"]);
    await jobs.finish("b");
    expect(jobs.started).toEqual(["a", "b", "c"]);
    await jobs.finish("c");
    expect(jobs.started).toEqual(["a", "b", "c", "d"]);
    await jobs.finish("a");
    await jobs.finish("d");
    expect(await Promise.all(results)).toEqual(["a", "b", "c", "d"]);
  });

  it("serves those who wait in the order they came", async () => {
    const [jobs, gate] = [new Jobs(), createGate({ parallel: 1, queue: 10 })];
    const names = ["a", "b", "c", "d", "e"];
    const results = names.map((name) => jobs.start(gate, name));
    for (const name of names) await jobs.finish(name);
    expect(jobs.started).toEqual(names);
    expect(await Promise.all(results)).toEqual(names);
  });

  it("lets nobody slip in before those who wait", async () => {
    const [jobs, gate] = [new Jobs(), createGate({ parallel: 1, queue: 10 })];
    const [first, second] = [jobs.start(gate, "first"), jobs.start(gate, "second")];
    let late: Promise<string> | undefined;
    const slip = first.then(() => {
      late = jobs.start(gate, "late");
    });
    await jobs.finish("first");
    await slip;
    expect(jobs.started).toEqual(["first", "second"]);
    await jobs.finish("second");
    await jobs.finish("late");
    expect(await Promise.all([first, second, late])).toEqual(["first", "second", "late"]);
  });

  it("turns away whoever finds the queue full, with a word on when to come back", async () => {
    const [jobs, gate] = [new Jobs(), createGate({ parallel: 1, queue: 2 })];
    const inside = ["a", "b", "c"].map((name) => jobs.start(gate, name));
    await expect(jobs.start(gate, "d")).rejects.toMatchObject({
      code: "login_busy",
      status: 503,
      retryAfter: 1,
    });
    await jobs.finish("a");
    const e = jobs.start(gate, "e");
    for (const name of ["b", "c", "e"]) await jobs.finish(name);
    expect(await Promise.all([...inside, e])).toEqual(["a", "b", "c", "e"]);
    expect(jobs.started).not.toContain("d");
  });

  it("lets 32 wait unless told otherwise", async () => {
    const [jobs, gate] = [new Jobs(), createGate({ parallel: 1 })];
    const inside = Array.from({ length: 33 }, (_, n) => jobs.start(gate, String(n)));
    await expect(jobs.start(gate, "one too many")).rejects.toMatchObject({ code: "login_busy" });
    for (const n of inside.keys()) await jobs.finish(String(n));
    await Promise.all(inside);
  });

  it("leaves a core for everybody else unless told otherwise", async () => {
    const [jobs, gate] = [new Jobs(), createGate()];
    const cores = availableParallelism();
    const all = Array.from({ length: cores + 2 }, (_, n) => jobs.start(gate, String(n)));
    await settled();
    expect(jobs.started).toHaveLength(Math.max(1, cores - 1));
    for (const n of all.keys()) await jobs.finish(String(n));
    await Promise.all(all);
  });

  it("goes on when a job fails, and passes the failure to its caller alone", async () => {
    const [jobs, gate] = [new Jobs(), createGate({ parallel: 1, queue: 10 })];
    const failing = jobs.start(gate, "bad");
    const outcome = failing.catch(String);
    const good = jobs.start(gate, "good");
    await jobs.fail("bad");
    expect(await outcome).toBe("Error: bad failed");
    await jobs.finish("good");
    expect(await good).toBe("good");
  });

  it("goes on when a job throws before it begins", async () => {
    const [jobs, gate] = [new Jobs(), createGate({ parallel: 1, queue: 10 })];
    const broken = gate.run(() => {
      throw new Error("at once");
    });
    await expect(broken).rejects.toThrow("at once");
    const good = jobs.start(gate, "good");
    await jobs.finish("good");
    expect(await good).toBe("good");
  });

  it("forgets a waiter that gives up, and its place is free again", async () => {
    const [jobs, gate] = [new Jobs(), createGate({ parallel: 1, queue: 1 })];
    const running = jobs.start(gate, "running");
    const controller = new AbortController();
    const waiter = jobs.start(gate, "waiter", controller.signal);
    const outcome = waiter.catch(String);
    controller.abort(new Error("client left"));
    expect(await outcome).toBe("Error: client left");
    const next = jobs.start(gate, "next");
    await jobs.finish("running");
    await jobs.finish("next");
    expect(await Promise.all([running, next])).toEqual(["running", "next"]);
    expect(jobs.started).toEqual(["running", "next"]);
  });

  it("never begins a job whose caller has left already", async () => {
    const [jobs, gate] = [new Jobs(), createGate({ parallel: 1, queue: 1 })];
    await expect(jobs.start(gate, "gone", AbortSignal.abort(new Error("client left")))).rejects.toThrow(
      "client left",
    );
    expect(jobs.started).toEqual([]);
    const next = jobs.start(gate, "next");
    await jobs.finish("next");
    expect(await next).toBe("next");
  });

  it("lets a running job end though its caller leaves", async () => {
    const [jobs, gate] = [new Jobs(), createGate({ parallel: 1, queue: 5 })];
    const controller = new AbortController();
    const first = jobs.start(gate, "first");
    const second = jobs.start(gate, "second", controller.signal);
    const third = jobs.start(gate, "third");
    await jobs.finish("first");
    controller.abort(new Error("too late"));
    await settled();
    expect(jobs.started).toEqual(["first", "second"]);
    await jobs.finish("second");
    await jobs.finish("third");
    expect(await Promise.all([first, second, third])).toEqual(["first", "second", "third"]);
  });

  it.each([
    { parallel: 0 },
    { parallel: 1.5 },
    { parallel: Number.NaN },
    { queue: -1 },
    { queue: Number.POSITIVE_INFINITY },
  ])("is not made with %j", (options) => {
    expect(() => createGate(options)).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });
});
