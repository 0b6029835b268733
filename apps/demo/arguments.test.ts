import { describe, expect, it } from "vitest";
import { readCommand, usage } from "./arguments.ts";

describe("the demo's command line", () => {
  it("runs stateful on this machine when nothing is said", () => {
    expect(readCommand([])).toEqual({
      kind: "run",
      options: {
        host: "127.0.0.1",
        port: 7654,
        strategy: "stateful",
        db: "./sojourn-demo.db",
        idleTimeout: 7 * 86_400,
        absoluteTimeout: 30 * 86_400,
        accessTokenTtl: 60,
        freshToEnd: 3600,
      },
    });
  });

  it("takes every option", () => {
    const argv = [
      "--strategy",
      "hybrid",
      "--port=0",
      "--host",
      "::1",
      "--db",
      "/tmp/x.db",
      "--idle-timeout",
      "20",
    ];
    const more = ["--absolute-timeout", "40", "--access-token-ttl", "3", "--fresh-to-end", "5"];
    expect(readCommand([...argv, ...more])).toEqual({
      kind: "run",
      options: {
        host: "::1",
        port: 0,
        strategy: "hybrid",
        db: "/tmp/x.db",
        idleTimeout: 20,
        absoluteTimeout: 40,
        accessTokenTtl: 3,
        freshToEnd: 5,
      },
    });
  });

  it("listens to the network only when that is said", () => {
    expect(readCommand(["--host", "0.0.0.0"])).toEqual({
      kind: "wrong",
      message: "--host 0.0.0.0 is not a loopback address; add --allow-network if you mean it.",
    });
    expect(readCommand(["--host", "127.0.0.1.example.com"]).kind).toBe("wrong");
    expect(readCommand(["--host", "0.0.0.0", "--allow-network"])).toMatchObject({
      kind: "run",
      options: { host: "0.0.0.0" },
    });
  });

  it.each([
    [["--strategy", "magic"], '--strategy must be stateful, stateless, hybrid, but is "magic".'],
    [["--port", "http"], '--port must be a whole number from 0 to 65535, but is "http".'],
    [["--port", "65536"], '--port must be a whole number from 0 to 65535, but is "65536".'],
    [["--port", "1e3"], '--port must be a whole number from 0 to 65535, but is "1e3".'],
    [
      ["--idle-timeout", "50", "--absolute-timeout", "40"],
      "--idle-timeout must not be longer than --absolute-timeout.",
    ],
    [["--db", ""], "--db must be a path."],
    [["--prot", "1"], "Unknown option '--prot'."],
    [["--port"], "Option '--port <value>' argument missing."],
    [["hybrid"], "Unexpected argument 'hybrid'."],
  ])("says in one line what is wrong with %j", (argv, message) => {
    expect(readCommand(argv)).toEqual({ kind: "wrong", message });
  });

  it("explains every option it takes", () => {
    expect(readCommand(["--help"])).toEqual({ kind: "help" });
    for (const name of [
      "strategy",
      "port",
      "host",
      "allow-network",
      "db",
      "idle-timeout",
      "absolute-timeout",
      "access-token-ttl",
    ]) {
      expect(usage).toContain(`--${name}`);
    }
  });
});
