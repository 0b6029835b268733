import { z } from "zod";
import type { StrategyName } from "../auth-options.ts";
import type { DataDeclarations, StandardSchema } from "../domain/data-schema.ts";
import type { AccountStore } from "../stores/account-directory.ts";
import { memory } from "../stores/memory/index.ts";
import { sqlite } from "../stores/sqlite/index.ts";
import type { Browser } from "./browser.fixture.ts";
import { createSite, origin, type Site, type SiteOptions } from "./http-test-kit.fixture.ts";

/** The stores that session data is tried over here; what each verb does is held to the contract in every store. */
export const dataStores: readonly (readonly [name: string, make: () => AccountStore])[] = [
  ["memory", () => memory()],
  ["SQLite", () => sqlite(":memory:")],
];

/** A schema that nobody wrote a library for. */
const evenNumber: StandardSchema<unknown, number> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      typeof value === "number" && value % 2 === 0
        ? { value }
        : { issues: [{ message: "not even", path: ["a", { key: 1 }] }] },
  },
};

/** What the apps here keep. */
const declared: DataDeclarations = {
  theme: { schema: z.enum(["light", "dark"]), expose: true },
  cart: { schema: z.array(z.string()), expose: true, maxBytes: 20_000 },
  step: (value: unknown) => {
    if (typeof value !== "number") throw new TypeError("the secret reason");
    return value;
  },
  even: evenNumber,
  secret: z.string(),
};

/** A site whose sessions hold what is declared above. */
export function dataSite(strategy: StrategyName, { session, ...options }: SiteOptions = {}): Site {
  return createSite(strategy, { ...options, session: { data: declared, ...session } });
}

/** A request that a browser makes to a page of the app. */
export function requestOf(browser: Browser): Request {
  return new Request(`${origin}/page`, { headers: { cookie: browser.cookie } });
}

/** The session id of a browser. */
export async function sidOf(browser: Browser): Promise<string> {
  return (await browser.get("/session")).body.session.sid;
}
