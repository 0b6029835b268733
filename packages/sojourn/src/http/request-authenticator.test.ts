import { expect, it } from "vitest";
import { Authenticator } from "../session/authenticator.ts";
import { EventLog } from "../session/event-log.ts";
import { fakeClock } from "../testing/index.ts";
import { RequestAuthenticator } from "./request-authenticator.ts";
import type { CredentialTransport } from "./transport.ts";

it("answers also where what watches sessions cannot be loaded, and logs it", async () => {
  const failures: string[] = [];
  const note = (_fields: object, message: string): void => void failures.push(message);
  const logger = { info: note, warn: note, error: note };
  const events = new EventLog(fakeClock(), null, logger, null);
  const presented = { transport: "cookie", access: "any", refresh: null, userAgent: null };
  const transport = { read: () => ({ kind: "presented", presented, mixed: false }) };
  const active = { status: "active", session: { sid: "any" }, user: { id: "any" }, renewal: "none" };
  const authenticator = Object.assign(Object.create(Authenticator.prototype) as Authenticator, {
    read: () => active,
  });
  const requests = new RequestAuthenticator(
    transport as unknown as CredentialTransport,
    authenticator,
    events,
    async () => Promise.reject(new Error("Cannot find module kept-clients.js")),
  );
  expect(await requests.authenticate({}, false)).toBe(active);
  await Promise.resolve();
  await new Promise(setImmediate);
  expect(failures).toEqual(["sojourn: the use of a session could not be noted"]);
});
