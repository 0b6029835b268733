import { describe, expect, it } from "vitest";
import { external } from "../login/external/index.ts";
import { password as passwordLogin } from "../login/password/index.ts";
import { ada, countingHasher, createSite, strategies } from "./http-test-kit.fixture.ts";

const { email, password } = ada;

describe.each(strategies)("a sign-in that the app judges itself, with %s sessions", (strategy) => {
  it("begins a session for whom the app names, and supersedes the one before", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const before = browser.copy();
    const { status, body } = await browser.post("/sign-in/external/own", { email });
    expect([status, body.session.method, body.session.amr]).toEqual([200, "own", ["own"]]);
    expect(body.user.email).toBe(email);
    expect((await browser.get("/me")).body.id).toBe(body.user.id);
    expect((await before.get("/me")).status).toBe(401);
  });

  it("begins none for nobody, and tells of it", async () => {
    const site = createSite(strategy);
    const { code, cookies } = await site.browser().post("/sign-in/external/own", { email });
    expect([code, cookies]).toEqual(["invalid_credentials", []]);
    expect(site.eventTypes()).toEqual(["authn_login_fail"]);
  });

  it("takes its options from the URL", async () => {
    const site = createSite(strategy);
    await site.signedUp();
    const { body } = await site.browser().post("/sign-in/external/own?remember=true", { email });
    expect(body.session.remember).toBe(true);
  });
});

describe("what the app is given to judge", () => {
  const siteWith = (verify: (request: Request) => unknown) =>
    createSite("stateful", {
      login: [
        passwordLogin({ hasher: countingHasher() }),
        external({ name: "saml", verify: verify as never }),
      ],
    });

  it("is the request with its headers and its body, whatever the type", async () => {
    let seen: readonly unknown[] = [];
    const site = siteWith(async (request) => {
      seen = [
        request.method,
        new URL(request.url).pathname,
        request.headers.get("x-own"),
        await request.text(),
      ];
      return null;
    });
    await site
      .browser()
      .post("/sign-in/external/saml", "<Response/>", { "content-type": "application/xml", "x-own": "1" });
    expect(seen).toEqual(["POST", "/auth/sign-in/external/saml", "1", "<Response/>"]);
  });

  it("is never more than 64 KiB", async () => {
    let asked = 0;
    const site = siteWith(() => (asked += 1) && null);
    const type = { "content-type": "text/plain" };
    const { code } = await site.browser().post("/sign-in/external/saml", "x".repeat(65_537), type);
    expect([code, asked]).toEqual(["payload_too_large", 0]);
  });

  it("signs nobody in when judging fails, and shows nothing of why", async () => {
    const site = siteWith(() => {
      throw new Error("ldap://secret-host is down");
    });
    const { status, code, text, cookies } = await site.browser().post("/sign-in/external/saml", {});
    expect([status, code, cookies]).toEqual([500, "internal", []]);
    expect(text).not.toContain("secret-host");
  });

  it("signs nobody in where the app says that it is somebody and not who, and blames nobody for it", async () => {
    for (const said of [{}, { userId: "" }, { userId: 7 }, "ada"]) {
      const { status, code, cookies } = await siteWith(() => said)
        .browser()
        .post("/sign-in/external/saml", {});
      expect([status, code, cookies], JSON.stringify(said)).toEqual([500, "internal", []]);
    }
  });

  it("cannot be reached under another way's name", async () => {
    const site = siteWith(() => ({ userId: "x" }));
    for (const path of ["/sign-in/saml", "/sign-in/external/password", "/sign-in/external/nothing"])
      expect((await site.browser().post(path, { email, password })).code, path).toBe("not_found");
  });

  it("needs a name that can stand in a URL, and something that judges", () => {
    expect(() => external({ name: "a/b", verify: () => null })).toThrow(
      expect.objectContaining({ code: "config_invalid" }),
    );
    expect(() => external({ name: "saml", verify: null as never })).toThrow(
      expect.objectContaining({ code: "config_invalid" }),
    );
  });
});
