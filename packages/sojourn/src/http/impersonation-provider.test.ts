import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Browser } from "./browser.fixture.ts";
import { ada, type Site, strategies } from "./http-test-kit.fixture.ts";
import {
  arrived,
  listeningSite,
  type LogoutProvider,
  startLogoutProvider,
} from "./logout-test-kit.fixture.ts";

let provider: LogoutProvider;
beforeAll(async () => {
  provider = await startLogoutProvider();
});
afterAll(() => provider.close());
afterEach(() => {
  provider.site = null;
});

describe.each(strategies)("an admin from a provider who signs out there, %s", (strategy) => {
  /** An admin who has signed in at the provider and acts as somebody. */
  async function acting(): Promise<{ site: Site; admin: Browser; leave: () => Promise<unknown> }> {
    const site = listeningSite(provider, { strategy, impersonation: { allow: () => true } });
    const user = await site.signedUp({ ...ada, email: "typed@example.com" });
    const { userId } = (await user.get("/session")).body.session;
    const { browser: admin, visitor } = await arrived(site);
    const { status, text } = await admin.post("/impersonate", { userId, reason: "Ticket 4711" });
    expect(status, text).toBe(200);
    return { site, admin, leave: () => visitor.signOut(`${provider.issuer}/session/end`) };
  }

  it("is out while they act as a user, and so is the session in which they do", async () => {
    const { admin, leave } = await acting();
    await leave();
    expect((await admin.get("/me")).body).toMatchObject({ code: "session_ended", reason: "parent_ended" });
    const back = await admin.post("/impersonate/stop");
    expect(back.body).toMatchObject({ code: "session_ended", reason: "signed_out" });
    expect((await admin.get("/me")).status).toBe(401);
  });

  it("signs out there as well, if they sign out here while they act", async () => {
    const { admin } = await acting();
    const reply = await admin.post("/sign-out?provider=true");
    expect(reply.body).toMatchObject({
      ended: 2,
      providerLogoutUrl: expect.stringContaining(`${provider.issuer}/session/end?`) as string,
    });
  });

  it("is out when they have come back from it", async () => {
    const { admin, leave } = await acting();
    expect((await admin.post("/impersonate/stop")).status).toBe(200);
    expect((await admin.get("/me")).status).toBe(200);
    await leave();
    expect((await admin.get("/me")).body).toMatchObject({ code: "session_ended", reason: "signed_out" });
  });
});
