import { describe, expect, it } from "vitest";
import { hostileStrings } from "../testing/index.ts";
import { ada, cookieName, createSite, serviceBasic, type Site } from "./http-test-kit.fixture.ts";

const { email, password } = ada;

/** Strings that have broken programs, databases, logs and pages. */
const naughty: readonly string[] = [
  ...Object.values(hostileStrings),
  "",
  " ",
  "\0",
  "\u0001\u0002\u001f\u007f\u0080\u009f",
  "\r\nSet-Cookie: admin=1",
  "a\r\n\r\n<script>alert(1)</script>",
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "javascript:alert(1)//",
  "{{7*7}}${7*7}<%= 7*7 %>#{7*7}",
  "' OR 1=1 --",
  "'; DROP TABLE sojourn_user; --",
  "$ne",
  "../../../etc/passwd",
  "%00%0a%0d",
  "constructor",
  "hasOwnProperty",
  "\ud800",
  "\udfff\ud800",
  "\ufeff\u200b\u200e\u202e\u2066",
  "Ω≈ç√∫˜µ≤≥÷ 田中さん مرحبا שלום",
  "𝕳𝖊𝖑𝖑𝖔 👩‍👩‍👧‍👦 🏳️‍🌈",
  "ﬁ ﷺ İ ı ß ẞ ſ",
  "a\u0301".repeat(50),
  "Ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ",
  "NaN",
  "Infinity",
  "-1",
  "1e999",
  "null",
  "undefined",
  "true",
];

function pristine(): void {
  expect(Object.keys(Object.prototype)).toEqual([]);
  for (const key in {}) throw new Error(`Object.prototype has ${key}`);
  expect(({} as Record<string, unknown>)["polluted"]).toBe(undefined);
}

describe("a hostile name", () => {
  it("is kept as it is and comes back as data, or is refused", async () => {
    const site = createSite("stateful");
    for (const [i, name] of naughty.entries()) {
      const browser = site.browser();
      const { status, body, headers } = await browser.post("/sign-up/password", {
        email: `n${i}@example.com`,
        password,
        name,
      });
      if (name.length > 200) {
        expect(status).toBe(400);
        continue;
      }
      expect([status, headers.get("content-type")], JSON.stringify(name)).toEqual([200, "application/json"]);
      const expected = name.normalize("NFC").trim();
      expect(body.user.name).toBe(expected === "" ? null : expected);
      expect((await browser.get("/session")).body.user.name).toBe(body.user.name);
    }
    pristine();
  });
});

describe("a hostile e-mail address", () => {
  it("is refused alike everywhere, and signs nobody in", async () => {
    const site = createSite("stateful");
    await site.signedUp();
    const accounts = new Set([email]);
    const wrapped = naughty.flatMap((one) => [
      one,
      `${one}@example.com`,
      `ada@${one}`,
      `ada@example.com${one}`,
      `"${one}"@example.com`,
    ]);
    for (const address of [
      ...wrapped,
      "ada@example.com, eve@example.com",
      "ada@exam ple.com",
      "ada@@example.com",
      "<ada@example.com>",
    ]) {
      const signIn = await site.browser().post("/sign-in/password", { email: address, password });
      // White space around an address, and its case, are no other address.
      const known = accounts.has(address.trim().toLowerCase());
      expect(known ? [200] : [400, 401], JSON.stringify(address)).toContain(signIn.status);
      const signUp = await site.browser().post("/sign-up/password", { email: address, password });
      expect([200, 400, 409, 422], JSON.stringify(address)).toContain(signUp.status);
      if (signUp.status !== 200) continue;
      expect(signUp.body.user.email).toMatch(/^[^\s@<>",;]+@[^\s@<>",;]+$/);
      accounts.add(String(signUp.body.user.email));
    }
    pristine();
  });

  it("does not become another one's by looking alike", async () => {
    const site = createSite("stateful");
    await site.signedUp();
    for (const address of [
      "аda@example.com",
      "ada@exаmple.com",
      "ａda@example.com",
      "ada\u200b@example.com",
      "ada@example.com\u0000",
      "ada@example.com.",
    ]) {
      expect((await site.browser().post("/sign-in/password", { email: address, password })).code).toBe(
        "invalid_credentials",
      );
    }
    for (const address of ["ADA@EXAMPLE.COM", " ada@example.com "]) {
      expect((await site.browser().post("/sign-in/password", { email: address, password })).status).toBe(200);
      expect((await site.browser().post("/sign-up/password", { email: address, password })).code).toBe(
        "account_exists",
      );
    }
  });
});

describe("a hostile password", () => {
  it("works if it is long enough, and is refused with a code if not", async () => {
    const site = createSite("stateful");
    for (const [i, text] of naughty.entries()) {
      const address = `p${i}@example.com`;
      const { status, code } = await site
        .browser()
        .post("/sign-up/password", { email: address, password: text });
      if (status === 200) {
        expect(
          (await site.browser().post("/sign-in/password", { email: address, password: text })).status,
        ).toBe(200);
        expect(
          (await site.browser().post("/sign-in/password", { email: address, password: `${text}.` })).code,
        ).toBe("invalid_credentials");
      } else expect(["password_rejected", "invalid_input"]).toContain(code);
    }
  });

  it("of 1 MB is refused before anything is hashed", async () => {
    const site = createSite("stateful");
    await site.signedUp();
    const before = { ...site.hasher.runs };
    for (const path of ["/sign-in/password", "/sign-up/password"]) {
      const { status, code } = await site.browser().post(path, { email, password: "x".repeat(1_000_000) });
      expect([status, code]).toEqual([413, "payload_too_large"]);
    }
    const browser = await site.signedUp({ email: "bob@example.com" });
    const after = { ...site.hasher.runs };
    for (const [path, body] of [
      ["/step-up", { password: "x".repeat(60_000) }],
      ["/change-password", { currentPassword: "x".repeat(60_000), newPassword: "another phrase" }],
      ["/sign-in/password", { email, password: "x".repeat(60_000) }],
    ] as const) {
      expect((await browser.send("POST", path, body)).code, path).toBe("invalid_input");
    }
    expect(site.hasher.runs).toEqual(after);
    expect(before.hash).toBeLessThan(after.hash);
  });
});

describe("hostile headers", () => {
  const values = [
    ...naughty.map((one) => one.replace(/[^\t\u0020-\u007e\u0080-\u00ff]/g, "")),
    "x".repeat(15_000),
    "\u00ff".repeat(1000),
    ";".repeat(5000),
    "=".repeat(5000),
    ",".repeat(5000),
  ];

  it("of any kind are dealt with, in every place that reads one", async () => {
    const site = createSite("hybrid", { transports: ["cookie", "header"], trustedProxies: 1 });
    const browser = await site.signedUp();
    const names = [
      "user-agent",
      "x-forwarded-for",
      "sec-fetch-site",
      "origin",
      "authorization",
      "cookie",
      "content-type",
      "sojourn-passive",
      "sec-purpose",
      "accept",
      "host",
    ];
    for (const name of names) {
      for (const value of values) {
        for (const [method, path] of [
          ["GET", "/session"],
          ["POST", "/touch"],
          ["GET", "/sessions"],
        ] as const) {
          const { status } = await browser.send(method, path, method === "POST" ? {} : undefined, {
            [name]: value,
          });
          expect(status, `${name}: ${value.slice(0, 60)}`).toBeLessThan(500);
        }
      }
    }
    expect((await browser.get("/me")).status).toBe(200);
    pristine();
  });

  it("that are a user agent are listed as data, cut to a bearable length", async () => {
    const site = createSite("stateful");
    await site.signedUp();
    for (const value of values) {
      const browser = site.browser(value.trim() === "" ? "x" : value);
      expect((await browser.post("/sign-in/password", { email, password })).status).toBe(200);
    }
    const { body, headers, text } = await site.browser().post("/sign-in/password", { email, password });
    expect([headers.get("content-type"), body.session.method]).toEqual(["application/json", "password"]);
    expect(text).not.toContain("<script>");
    const browser = site.browser();
    await browser.post("/sign-in/password", { email, password });
    const list = await browser.get("/sessions");
    expect(list.body.sessions.length).toBeGreaterThan(values.length);
    for (const { device } of list.body.sessions) {
      expect(device.name).not.toMatch(/[<>"\r\n\0]/);
      expect(device.name.length).toBeLessThan(100);
    }
  });

  it("that are cookies never reach another cookie, a log or a reply", async () => {
    const site = createSite("stateful", { cookie: { chunking: true } });
    const browser = await site.signedUp();
    const planted = [
      `${cookieName}.0=x`,
      `${cookieName}.1=\u00ff`,
      `${cookieName}.2`,
      `${cookieName}.9999999999=x`,
      `${cookieName}.__proto__=x`,
      "__proto__=x",
      "constructor=x",
    ];
    for (const one of planted) {
      const { status, cookies } = await browser.send(
        "POST",
        "/sign-in/password",
        { email, password },
        { cookie: `${one}; a=1` },
      );
      expect(status, one).toBe(200);
      expect(cookies.length).toBeLessThanOrEqual(2);
    }
  });
});

describe("hostile paths", () => {
  it("are answered with a 4xx", async () => {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    for (const one of [
      ...naughty,
      "x".repeat(8000),
      "%",
      "%ff",
      "%c0%af",
      "..%2f..",
      "a%2fb",
      ":sid",
      "{sid}",
      "*",
    ]) {
      const encoded = encodeURIComponent(one.replace(/[\ud800-\udfff]/g, "")) || "%20";
      for (const piece of [encoded, one.replace(/[^\u0021-\u007e]|[?#\\/]/g, "") || "x"]) {
        if (piece === "." || piece === "..") continue;
        const { status } = await browser.send("DELETE", `/sessions/${piece}`);
        expect([403, 404, 405], piece).toContain(status);
        expect([404, 405]).toContain(
          (await browser.send("POST", `/sign-in/${piece}`, { email, password })).status,
        );
      }
    }
    expect((await browser.get("/me")).status).toBe(200);
  });
});

describe("hostile tokens", () => {
  const tokens = [
    ...naughty.filter(({ length }) => length <= 8192),
    "x".repeat(8192),
    "s1.",
    "r1.",
    "a.b.c",
    "..",
    "....",
    "eyJhbGciOiJub25lIn0.e30.",
    `s1.${"0".repeat(36)}.${"A".repeat(43)}`,
  ];

  async function tryAll(site: Site): Promise<void> {
    for (const token of tokens) {
      const form = { "content-type": "application/x-www-form-urlencoded", authorization: serviceBasic };
      const fields = new URLSearchParams({ token: token.replace(/[\ud800-\udfff]/g, "") }).toString();
      expect((await site.browser().post("/introspect", fields, form)).text).toBe('{"active":false}');
      expect((await site.browser().post("/revoke", fields, form)).text).toBe("{}");
      const refresh = await site.browser().post("/refresh", { refreshToken: token });
      expect(["invalid_input", "refresh_invalid", "unauthenticated"], JSON.stringify(token)).toContain(
        refresh.code,
      );
      const ascii = token.replace(/[^\u0021-\u007e]/g, "");
      expect((await site.browser().get("/me", { authorization: `Bearer ${ascii}` })).code).toBe(
        "unauthenticated",
      );
      expect((await site.browser().get("/me", { cookie: `${cookieName}=${ascii}` })).code).toBe(
        "unauthenticated",
      );
    }
  }

  it.each(["stateful", "stateless", "hybrid"] as const)("are no sessions, with %s ones", async (strategy) => {
    await tryAll(createSite(strategy, { transports: ["cookie", "header"] }));
    pristine();
  });
});
