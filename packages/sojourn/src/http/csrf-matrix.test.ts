import { describe, expect, it } from "vitest";
import { ada, createSite, origin, type Site } from "./http-test-kit.fixture.ts";
import type { Reply } from "./response-check.fixture.ts";

const { email, password } = ada;
const listed = "https://www.app.example";

/** Of `Sec-Fetch-Site`; null where a browser sends none. */
const sites = ["same-origin", "same-site", "cross-site", "none", null] as const;
/** Of `Origin`. */
const origins = { own: origin, listed, foreign: "https://evil.app.example", opaque: "null", absent: null };

/** What a request carries, with a call that shows whether it got through. */
const senders: Readonly<
  Record<string, (site: Site, headers: Readonly<Record<string, string | null>>) => Promise<Reply>>
> = {
  "a session cookie": async (site, headers) => (await site.signedUp()).send("POST", "/sign-out", {}, headers),
  "a bearer token": async (site, headers) => {
    await site.signedUp();
    const program = site.browser();
    const { tokens } = (await program.post("/sign-in/password", { email, password, transport: "header" }))
      .body;
    const authorization = `Bearer ${tokens.accessToken}`;
    return program.send("POST", "/sign-out", {}, { ...headers, authorization });
  },
  "neither, as a sign-in": async (site, headers) => {
    await site.signedUp();
    return site.browser().send("POST", "/sign-in/password", { email, password }, headers);
  },
};

/** Rows as `sites`, columns as `origins`: "+" gets through. */
const matrices: Readonly<Record<string, string>> = {
  "a session cookie": `
                 own listed foreign opaque absent
    same-origin   +    +      +       +      +
    same-site     +    +      -       -      -
    cross-site    +    +      -       -      -
    none          +    +      +       +      +
    absent        +    +      -       -      -`,
  "a bearer token": `
                 own listed foreign opaque absent
    same-origin   +    +      +       +      +
    same-site     +    +      +       +      +
    cross-site    +    +      +       +      +
    none          +    +      +       +      +
    absent        +    +      +       +      +`,
  "neither, as a sign-in": `
                 own listed foreign opaque absent
    same-origin   +    +      +       +      +
    same-site     +    +      -       -      -
    cross-site    +    +      -       -      -
    none          +    +      +       +      +
    absent        +    +      -       -      +`,
};

const cases = Object.entries(matrices).flatMap(([carries, matrix]) => {
  const rows = matrix.trim().split("\n").slice(1);
  return sites.flatMap((site, row) => {
    const cells = (rows[row] ?? "").trim().split(/\s+/).slice(1);
    return Object.entries(origins).map(([from, value], column) => ({
      carries,
      site,
      from,
      value,
      through: cells[column] === "+",
    }));
  });
});

describe("CS-01: an unsafe request through the handler", () => {
  it("is tried with every site, origin and credential", () => {
    expect(cases).toHaveLength(5 * 5 * 3);
  });

  it.each(cases)(
    "with $carries, Sec-Fetch-Site $site and $from Origin: $through",
    async ({ carries, site: fetchSite, value, through }) => {
      const site = createSite("hybrid", { transports: ["cookie", "header"], trustedOrigins: [listed] });
      const reply = await senders[carries]?.(site, { "sec-fetch-site": fetchSite, origin: value });
      expect([reply?.status, reply?.code]).toEqual(through ? [200, undefined] : [403, "csrf_refused"]);
    },
  );
});
