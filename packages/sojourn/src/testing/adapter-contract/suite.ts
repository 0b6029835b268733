import { deepEqual, equal, ok } from "node:assert/strict";
import type { TestRunner } from "../test-runner.ts";
import { type Answer, Visitor } from "./visitor.ts";

/** An app that is running. */
export interface RunningApp {
  /** Such as `http://127.0.0.1:3000`. */
  readonly origin: string;
  close(): unknown;
}

/** An adapter as the contract is given it. */
export interface AdapterUnderTest {
  /** Shown with each test. */
  readonly name: string;
  /** Starts the app; called once. */
  serve(): Promise<RunningApp>;
  /** Where Sojourn's routes are. Default `/auth`. */
  readonly basePath?: string;
}

/** What the parts of the contract work with. */
export interface Suite extends TestRunner {
  /** Declares a test with somebody who has not been here yet. */
  check(name: string, body: (visitor: Visitor) => Promise<void>): void;
  /** Declares a test with somebody who has just signed up. */
  checkSignedIn(name: string, body: (visitor: Visitor, userId: string) => Promise<void>): void;
  stop(): Promise<void>;
}

export const minute = 60_000;
export const password = "correct horse battery";

let people = 0;

/** An address that nobody has yet. */
export function newEmail(): string {
  people += 1;
  return `person-${people}@example.com`;
}

/** Makes a suite of an adapter and a test runner. The app starts with the first test. */
export function createSuite({
  describe,
  it,
  serve,
  basePath = "/auth",
}: AdapterUnderTest & TestRunner): Suite {
  let app: Promise<RunningApp> | null = null;
  const check: Suite["check"] = (name, body) =>
    void it(name, async () => {
      const { origin } = await (app ??= serve());
      const visitor = new Visitor(origin, basePath);
      try {
        await body(visitor);
      } finally {
        await visitor.steer("outage?on=false");
      }
    });
  return {
    describe,
    it,
    check,
    checkSignedIn(name, body) {
      check(name, async (visitor) => {
        const email = newEmail();
        const account = { email, password, remember: true };
        const answer = await visitor.auth("POST", "/sign-up/password", { body: account });
        expectAnswer(answer, 200);
        await body(visitor, partOf(answer, "user")["id"] ?? "");
      });
    },
    stop: async () => void (await (await app)?.close()),
  };
}

/** Asserts what an answer is, and shows all of it where it is not. */
export function expectAnswer(answer: Answer, status: number, body?: Record<string, unknown>): void {
  equal(answer.status, status, `${answer.status} ${answer.text.slice(0, 500)}`);
  if (body !== undefined)
    deepEqual(
      Object.fromEntries(Object.keys(body).map((key) => [key, answer.body?.[key]])),
      body,
      answer.text.slice(0, 500),
    );
}

/** Asserts that no cache may keep an answer. */
export function expectPrivate(answer: Answer): void {
  const caching = answer.headers["cache-control"] ?? "";
  ok(
    /no-store/.test(caching) && /private/.test(caching) && !/public|s-maxage/.test(caching),
    `Cache-Control: ${caching}`,
  );
}

/** An object in the body of an answer, such as its `user`. */
export function partOf(answer: Answer, name: string): Readonly<Record<string, string>> {
  const part = answer.body?.[name];
  ok(
    typeof part === "object" && part !== null,
    `No ${name} in ${answer.status} ${answer.text.slice(0, 500)}`,
  );
  return part as Readonly<Record<string, string>>;
}
