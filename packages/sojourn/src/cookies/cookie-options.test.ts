import { describe, expect, it } from "vitest";
import { type CookieOptions, resolveCookies } from "./cookie-options.ts";

const https = new URL("https://app.example");
const http = new URL("http://localhost:3000");

describe("the session cookie", () => {
  it("has the strongest prefix over HTTPS", () => {
    expect(resolveCookies({}, https)).toEqual({
      sessionName: "__Host-Http-sojourn",
      refreshName: "__Host-Http-sojourn-refresh",
      hintName: "__Host-sojourn-hint",
      attributes: {
        path: "/",
        domain: null,
        secure: true,
        httpOnly: true,
        sameSite: "lax",
        partitioned: false,
      },
      chunking: false,
      encrypt: false,
    });
  });

  it.each([
    ["HTTP", http],
    ["no base URL", null],
  ])("has another name with %s, so that it is never confused with the secure one", (_what, baseURL) => {
    const { sessionName, refreshName, attributes } = resolveCookies({}, baseURL);
    expect([sessionName, refreshName, attributes.secure]).toEqual(["sojourn", "sojourn-refresh", false]);
  });

  it.each<[string, CookieOptions, string]>([
    ["its own name", { name: "app" }, "__Host-Http-app"],
    ["sub-domains", { domain: "example.com" }, "__Secure-sojourn"],
    ["a path", { path: "/app" }, "__Secure-sojourn"],
    ["no prefix", { prefix: "none" }, "sojourn"],
    ["no prefix and sub-domains", { prefix: "none", domain: "example.com" }, "sojourn"],
    ["secure said outright", { secure: true }, "__Host-Http-sojourn"],
  ])("with %s is called as its attributes allow", (_what, options, name) => {
    expect(resolveCookies(options, https).sessionName).toBe(name);
  });

  it("may be secure behind a proxy that ends TLS, where no base URL says so", () => {
    expect(resolveCookies({ secure: true }, null)).toMatchObject({
      sessionName: "__Host-Http-sojourn",
      attributes: { secure: true },
    });
  });

  it("can never be read by scripts", () => {
    expect(() => resolveCookies({ httpOnly: false } as CookieOptions, https)).toThrow(
      /cookie\.httpOnly is not an option/,
    );
  });

  it("takes the attributes it is told", () => {
    const options: CookieOptions = { sameSite: "none", partitioned: true, chunking: true, encrypt: true };
    expect(resolveCookies(options, https)).toMatchObject({
      sessionName: "__Host-Http-sojourn",
      attributes: { sameSite: "none", partitioned: true },
      chunking: true,
      encrypt: true,
    });
  });

  it.each<[string, unknown, URL | null, RegExp]>([
    ["an unknown option", { nmae: "x" }, https, /cookie\.nmae is not an option\. Known: name, /],
    [
      "a name of Object.prototype",
      JSON.parse('{"__proto__": 1}'),
      https,
      /cookie\.__proto__ is not an option/,
    ],
    [
      "an insecure cookie of an HTTPS site",
      { secure: false },
      https,
      /cookie\.secure is false although baseURL is HTTPS/,
    ],
    ["SameSite=None over HTTP", { sameSite: "none" }, http, /needs cookie\.secure/],
    ["Partitioned over HTTP", { partitioned: true }, http, /needs cookie\.secure/],
    ["a name that says __Host- over HTTP", { name: "__Host-app" }, http, /needs HTTPS/],
    [
      "a name that says __Host- for sub-domains",
      { name: "__Host-app", domain: "example.com", prefix: "none" },
      https,
      /no domain/,
    ],
    ["a name that breaks the header", { name: "a;b" }, https, /cookie\.name/],
    ["an empty name, also where a prefix would make it look like one", { name: "" }, https, /cookie\.name/],
    ["a name that leaves no room for a token", { name: "n".repeat(1025) }, https, /cookie\.name/],
    ["another SameSite", { sameSite: "Lax" }, https, /cookie\.sameSite/],
    ["another prefix", { prefix: "__Host-" }, https, /cookie\.prefix/],
    ["another secure", { secure: "yes" }, https, /cookie\.secure/],
  ])("is refused with %s", (_what, options, baseURL, message) => {
    const resolve = (): unknown => resolveCookies(options as CookieOptions, baseURL);
    expect(resolve).toThrow(expect.objectContaining({ code: "config_invalid" }));
    expect(resolve).toThrow(message);
  });
});
