import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { StrategyName } from "../auth-options.ts";
import type { Browser } from "./browser.fixture.ts";
import type { ReplyBody } from "./response-check.fixture.ts";
import {
  ada,
  cookieName,
  createSite,
  service,
  serviceBasic,
  type Site,
  strategies,
  testSecret,
} from "./http-test-kit.fixture.ts";
import { dumpableMemory, dumpableSqlite, type DumpableStore } from "./store-dump.fixture.ts";

const { email, password } = ada;
const newPassword = "4n even longer phrase & more";
const wrongPassword = "Wr0ng-but-private";
const folder = mkdtempSync(join(tmpdir(), "sojourn-hygiene-"));
afterAll(() => rmSync(folder, { recursive: true }));

const stores: readonly (readonly [string, (name: string) => DumpableStore])[] = [
  ["memory", dumpableMemory],
  ["sqlite", (name) => dumpableSqlite(join(folder, `${name}.db`))],
];

/** What must stay between client and server: everything in a credential that cannot be guessed from outside. */
function secretsOf(site: Site, retired: readonly string[]): Set<string> {
  const secrets = new Set<string>([password, newPassword, wrongPassword, testSecret, service.secret]);
  const credentials = [...retired];
  for (const { cookies, body } of site.replies) {
    for (const cookie of cookies)
      credentials.push(cookie.slice(cookie.indexOf("=") + 1, cookie.indexOf(";")));
    const { tokens } = (body ?? {}) as Partial<ReplyBody>;
    if (tokens) credentials.push(tokens.accessToken, tokens.refreshToken ?? "");
  }
  for (const credential of credentials) {
    // The rest of an opaque token or a refresh token is the sid, of a JWT its claims: known to many.
    const secret = credential.split(".").at(-1) ?? "";
    if (secret.length >= 16) secrets.add(secret);
  }
  return secrets;
}

/** The ways in which a secret may lie about, as bytes to look for. */
function formsOf(secret: string): Buffer[] {
  const text = Buffer.from(secret, "utf8");
  const decoded = /^[A-Za-z0-9_-]{43,}$/.test(secret) ? [Buffer.from(secret, "base64url")] : [];
  return [text, ...decoded].flatMap((bytes) => [
    bytes,
    Buffer.from(bytes.toString("hex")),
    Buffer.from(bytes.toString("hex").toUpperCase()),
    ...[0, 1, 2].flatMap((offset) => {
      // Base64 of a longer text has the secret's own in one of three alignments, but for its ends.
      const base64 = Buffer.concat([Buffer.alloc(offset), bytes])
        .toString("base64")
        .slice(offset === 0 ? 0 : 4, -4);
      return [Buffer.from(base64), Buffer.from(base64.replaceAll("+", "-").replaceAll("/", "_"))];
    }),
    ...(bytes === text
      ? [
          Buffer.from(encodeURIComponent(secret)),
          Buffer.from(new URLSearchParams({ s: secret }).toString().slice(2)),
          Buffer.from(JSON.stringify(secret).slice(1, -1)),
        ]
      : []),
  ]);
}

function plain(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key: string, given: unknown) {
    // Looked up here, since a Buffer is given as what its toJSON makes of it.
    const item = this[key];
    if (!(item instanceof Uint8Array)) return given;
    const bytes = Buffer.from(item);
    return { hex: bytes.toString("hex"), base64: bytes.toString("base64") };
  });
}

/** Everything a session goes through, with both transports and with mistakes. Returns what was presented and refused. */
async function live(site: Site, strategy: StrategyName): Promise<string[]> {
  const browser = site.browser();
  await browser.post("/sign-up/password", ada);
  await browser.post("/sign-up/password", ada);
  await browser.post("/sign-in/password", { email, password: wrongPassword });
  await browser.post("/sign-in/password", { email, password, remember: true });
  const app = site.browser("app/1");
  const begun = await app.post("/sign-in/password", { email, password, transport: "header" });
  let { accessToken, refreshToken } = begun.body.tokens;
  const bearer = (): { authorization: string } => ({ authorization: `Bearer ${accessToken}` });
  const stolen = browser.copy();
  await site.pass(60_000);
  const retired = [accessToken, refreshToken ?? "", ...[...stolen.jar.values()].map(({ value }) => value)];

  await browser.post("/refresh");
  const renewed = await app.post(
    "/refresh",
    strategy === "hybrid" ? { refreshToken } : {},
    strategy === "hybrid" ? {} : bearer(),
  );
  ({ accessToken, refreshToken } = {
    accessToken,
    refreshToken,
    ...(renewed.body.tokens as object | undefined),
  });
  for (const path of ["/session", "/me", "/sessions", "/openapi.json", "/.well-known/jwks.json"]) {
    await browser.get(path);
    await app.get(path, bearer());
  }
  await browser.post("/touch");
  await app.post("/touch", {}, bearer());
  await mistakes(site, browser, accessToken);

  await browser.post("/step-up", { password: wrongPassword });
  await browser.post("/step-up", { password });
  await app.post("/step-up", { password }, bearer());
  await browser.post("/change-password", { currentPassword: wrongPassword, newPassword });
  await browser.post("/change-password", { currentPassword: password, newPassword });
  const third = site.browser("third");
  await third.post("/sign-in/password", { email, password: newPassword });
  const { sid } = (await third.get("/session")).body.session;
  await browser.delete(`/sessions/${sid}`);
  await third.get("/me");
  await site.pass(60_000);
  await stolen.post("/refresh");
  await browser.get("/me");
  await browser.post("/sign-out", { everywhere: true });
  await browser.post("/sign-out");
  return retired;
}

/** Credentials in places where they do not belong, and failures while they are at hand. */
async function mistakes(site: Site, browser: Browser, accessToken: string): Promise<void> {
  const form = { "content-type": "application/x-www-form-urlencoded", authorization: serviceBasic };
  const value = browser.value(cookieName);
  for (const token of [value, accessToken, `${value}x`, `${accessToken}.x`]) {
    await site.browser().post("/introspect", `token=${token}`, form);
    await site.browser().post("/refresh", { refreshToken: token });
    await site.browser().post("/refresh", { token, [token]: token });
    for (const key of [token, token.split(".").at(-1) ?? ""]) {
      for (const path of ["/refresh", "/sign-out", "/sign-in/password"])
        await site.browser().post(path, { [key]: 1 });
      await site.browser().submit("/sign-in/password", { [key]: key });
      await site.browser().post("/sign-in/password", `${key}=1&${key}=2`, form);
      await site.browser().post(`/sign-out?everywhere=${key}`);
    }
    await site.browser().get("/me", { authorization: `Bearer ${token}`, cookie: `${cookieName}=${token}` });
    await site.browser().get("/me", { cookie: `${cookieName}=${token}; ${cookieName}=${token}` });
    await site.browser().get("/me", { authorization: `Basic ${token}` });
    await site.browser().post("/introspect", `token=${token}`, {
      ...form,
      authorization: `Basic ${Buffer.from(`billing:${token}`).toString("base64")}`,
    });
    await site.browser().delete(`/sessions/${encodeURIComponent(token.slice(0, 200))}`);
  }
  await site.browser().post("/sign-in/password", { email, password, extra: wrongPassword });
  await site.browser().post("/sign-in/password", `{"email":"${email}","password":"${wrongPassword}"`);
  await site.browser().post("/sign-in/password", { email, password: [wrongPassword] });
  await browser.send(
    "POST",
    "/step-up",
    { password },
    { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
  );
  site.outage.sessions = true;
  site.outage.users = true;
  await browser.get("/me");
  await browser.post("/step-up", { password });
  await browser.post("/refresh");
  site.outage.sessions = false;
  site.outage.users = false;
  await site.pass(2000);
}

describe.each(strategies.flatMap((strategy) => stores.map(([store, open]) => ({ strategy, store, open }))))(
  "after a whole life of $strategy sessions in $store",
  ({ strategy, store, open }) => {
    it("SC-02: no credential, password or key lies anywhere but with its holder", async () => {
      const kept = open(strategy);
      const site = createSite(strategy, {
        accounts: kept.accounts,
        transports: ["cookie", "header"],
        audit: { events: () => true },
      });
      const retired = await live(site, strategy);
      await site.auth.close();
      const { events } = await site.auth.audit.list({ limit: 500 });
      expect(events.length).toBeGreaterThan(40);
      const secrets = secretsOf(site, retired);
      expect(secrets.size).toBeGreaterThanOrEqual(5 + 6);

      const places: Record<string, Buffer> = {
        "the store": Buffer.from(plain(kept.dump())),
        "the log": Buffer.from(plain(site.logs)),
        "the events": Buffer.from(plain(site.events)),
        "the kept events": Buffer.from(plain(events)),
      };
      kept.close();
      const files =
        store === "sqlite" ? readdirSync(folder).filter((file) => file.startsWith(`${strategy}.db`)) : [];
      for (const file of files) places[`the file ${file}`] = readFileSync(join(folder, file));
      expect(files.length > 0).toBe(store === "sqlite");
      for (const [i, { body, headers, text, route }] of site.replies.entries()) {
        // Where the client is an app, these replies are how it gets its tokens.
        const { tokens: _handed, ...rest } = (body ?? {}) as Partial<ReplyBody>;
        const lasting = [...headers].filter(([name]) => name !== "set-cookie");
        places[`reply ${i} of ${route ?? "nothing"}`] = Buffer.from(
          plain([lasting, body === undefined ? text : rest]),
        );
      }
      const found: string[] = [];
      for (const secret of secrets) {
        const forms = formsOf(secret);
        for (const [place, content] of Object.entries(places)) {
          if (forms.some((form) => content.includes(form)))
            found.push(`${secret.slice(0, 6)}... in ${place}`);
        }
      }
      expect(found).toEqual([]);
    });
  },
);

describe("the search itself", () => {
  it("finds a secret in every form in which it may lie about", () => {
    const secret = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7 + 3)).toString("base64url");
    const bytes = Buffer.from(secret, "base64url");
    const hiding = [
      `x${secret}y`,
      Buffer.from(`cookie: a=${secret}; b=1`).toString("base64"),
      Buffer.from(`{"token":"${secret}"}`).toString("base64url"),
      Buffer.from(secret).toString("hex"),
      bytes.toString("hex"),
      Buffer.concat([Buffer.from("ab"), bytes, Buffer.from("abcd")]).toString("base64"),
      plain({ seed: bytes }),
    ];
    for (const place of hiding) {
      expect(
        formsOf(secret).some((form) => Buffer.from(place).includes(form)),
        place,
      ).toBe(true);
    }
    expect(
      formsOf("päss & wörd").some((form) => Buffer.from("p%C3%A4ss%20%26%20w%C3%B6rd").includes(form)),
    ).toBe(true);
    expect(formsOf("pass word").some((form) => Buffer.from("a=pass+word&b").includes(form))).toBe(true);
    expect(formsOf(secret).some((form) => Buffer.from("nothing of it").includes(form))).toBe(false);
  });
});
