import { describe, expect, it } from "vitest";
import { createAuth } from "./create-auth.ts";
import type { AuthOptions } from "./auth-options.ts";
import { durationToMs } from "./domain/duration.ts";
import { type PolicyReport, policyMarkdown, type PolicyRow } from "./domain/policy/report.ts";
import { defaultSessionOptions, presets, type SessionOptions } from "./domain/policy.ts";
import { testSecret as secret } from "./http/http-test-kit.fixture.ts";
import { password } from "./login/password/index.ts";
import type { StoredUser } from "./ports/user-directory.ts";
import { memory } from "./stores/memory/index.ts";

const reportOf = (options: AuthOptions<StoredUser> = {}): Promise<PolicyReport> =>
  createAuth<StoredUser>({ secret, store: memory(), ...options }).policy();

async function rowsOf(options: AuthOptions<StoredUser> = {}): Promise<ReadonlyMap<string, PolicyRow>> {
  const rows = (await reportOf(options)).sections.flatMap((section) => section.rows);
  const byName = new Map(rows.map((row) => [row.name, row]));
  expect(byName.size, "each name once").toBe(rows.length);
  return byName;
}

describe("SC-17: the session policy in force", () => {
  it("names every timeout and limit there is, with its value", async () => {
    const options: Required<Omit<SessionOptions, "data" | "flash">> = {
      preset: "aal2",
      idleTimeout: "50m",
      absoluteTimeout: "20h",
      agentTtl: "14m",
      byKind: { service: { idleTimeout: "41m" }, anonymous: { absoluteTimeout: "19h" } },
      byRole: { admin: { idleTimeout: "31m", absoluteTimeout: "11h" } },
      withoutRemember: { idleTimeout: "42m" },
      touchInterval: "2m",
      accessTokenTtl: "13m",
      rotationGrace: "9s",
      freshFor: "4m",
      freshToEnd: "58m",
      resumeIdle: "8h",
      maxRevocationLag: "3s",
      endedRetention: "25h",
      limit: { user: { max: 6, onExceed: "deny" }, agent: { max: 3 } },
      acrLevels: { "urn:bank": 2 },
    };
    const rows = await rowsOf({ session: options, strategy: "hybrid", callbacks: { lifetimes: () => null } });
    const told = (name: string): unknown => rows.get(name)?.value;
    for (const name of Object.keys(defaultSessionOptions) as (keyof typeof defaultSessionOptions)[]) {
      const row = name === "agentTtl" ? "session.byKind.agent.absoluteTimeout" : `session.${name}`;
      expect(told(row), name).toBe(durationToMs(options[name] as `${number}m`, name) / 1000);
    }
    expect(told("session.preset")).toBe("aal2");
    expect(told("session.byKind.service.idleTimeout")).toBe(41 * 60);
    expect(told("session.byKind.anonymous.absoluteTimeout")).toBe(19 * 3600);
    expect(told("session.byRole.admin.idleTimeout")).toBe(31 * 60);
    expect(told("session.withoutRemember.idleTimeout")).toBe(42 * 60);
    expect(told("session.resumeIdle")).toBe(8 * 3600);
    expect(rows.get("session.limit.user")?.text).toBe("6; beyond, a new one is refused");
    expect(told("session.limit.agent")).toBe(3);
    expect(told("session.limit.service")).toBe(null);
    expect(told("session.acrLevels.urn:bank")).toBe(2);
    expect(told("callbacks.lifetimes")).toBe(true);
  });

  it.each(Object.keys(presets) as (keyof typeof presets)[])("tells the timeouts of %s", async (preset) => {
    const rows = await rowsOf({ session: { preset } });
    expect(rows.get("session.absoluteTimeout")?.value).toBe(
      durationToMs(presets[preset].absoluteTimeout, preset) / 1000,
    );
  });

  it.each<[string, AuthOptions<StoredUser>, string]>([
    ["stateful", {}, "with the next request, everywhere"],
    ["hybrid", { strategy: "hybrid" }, "at once here, within 2 seconds on every other node"],
    ["stateless", { strategy: "stateless" }, "at once here, within 2 seconds on every other node"],
    [
      "stateless without revocations",
      { strategy: "stateless", revocations: "none" },
      "when its token runs out, after 7 days at most: nobody can end it before",
    ],
  ])("tells how soon an ended %s session stops working", async (_what, options, text) => {
    expect((await rowsOf(options)).get("revocations")?.text).toBe(text);
  });

  it("tells how cookies are kept, who may act, and what the ways to sign in insist on", async () => {
    const rows = await rowsOf({
      baseURL: "https://app.example",
      trustedOrigins: ["https://www.example"],
      login: [password({ minLength: 12 })],
    });
    expect(rows.get("cookie.name")?.value).toBe("__Host-Http-sojourn");
    expect(rows.get("cookie.persistent")?.text).toBe("only with remember");
    expect(rows.get("trustedOrigins")?.value).toBe("https://www.example");
    expect(rows.get("password.minLength")?.value).toBe(12);
  });

  it("tells how long events are kept, where they are", async () => {
    expect((await rowsOf({ audit: { retention: "30d" } })).get("audit.retention")?.text).toBe("30 days");
    expect((await rowsOf()).has("audit.retention")).toBe(false);
  });

  it("tells no secret", async () => {
    const services = [{ id: "billing", secret: "Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXt" }];
    const text = JSON.stringify(await reportOf({ services }));
    expect(text).toContain("billing");
    for (const hidden of [secret, services[0]?.secret ?? ""]) expect(text).not.toContain(hidden);
  });

  it("is a page with a table per part, whatever a role is called", async () => {
    const report = await reportOf({ session: { byRole: { "a|b`c\n## d": { idleTimeout: "5m" } } } });
    const text = policyMarkdown(report);
    expect(text).toMatch(/^# Session policy\n\n## Lifetimes\n\n\| setting \| in force \| \|\n/);
    expect(text).toContain("| `session.byRole.a\\|b'c ## d.idleTimeout` | 5 minutes |");
    expect(text.match(/^## /gm)).toHaveLength(report.sections.length);
    for (const line of text.split("\n").filter((one) => one.startsWith("|")))
      expect(line.replaceAll("\\|", "").match(/\|/g), line).toHaveLength(4);
  });
});
