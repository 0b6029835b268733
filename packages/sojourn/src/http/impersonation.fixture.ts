import type { StrategyName } from "../auth-options.ts";
import type { StoredUser } from "../ports/user-directory.ts";
import type { Browser } from "./browser.fixture.ts";
import { createFleet, type Fleet } from "./fleet.fixture.ts";
import { ada, cookieName, type SiteOptions } from "./http-test-kit.fixture.ts";

/** The cookie that keeps the way back of who acts as somebody else. */
export const actorCookie: string = `${cookieName}-actor`;
/** Why the admin of the tests acts. */
export const reason = "Ticket 4711: cannot see the invoice";
/** An admin with an account. */
export const root = { email: "root@example.com", password: "hunter with two trees", name: "Root" };

/** A fleet with an admin and somebody to act as. */
export interface Support extends Fleet {
  readonly admin: Browser;
  readonly adminId: string;
  /** Ada's own browser. */
  readonly user: Browser;
  readonly userId: string;
  /** Has the admin act as Ada, and expects that it works. @returns the session in which they do. */
  act(more?: object): Promise<{ readonly sid: string; readonly parentSid: string }>;
}

export async function createSupport(strategy: StrategyName, options: SiteOptions = {}): Promise<Support> {
  const impersonation = {
    allow: (admin: StoredUser, target: StoredUser) => admin.role === "admin" && target.role !== "admin",
  };
  const fleet = createFleet(strategy, { impersonation, ...options });
  const { here } = fleet;
  const user = await here.signedUp(ada);
  const admin = await here.signedUp(root);
  const userId = (await user.get("/session")).body.session.userId;
  const adminId = (await admin.get("/session")).body.session.userId;
  await here.accounts.users.setRole(adminId, "admin");
  here.eventTypes();
  return {
    ...fleet,
    admin,
    adminId,
    user,
    userId,
    async act(more = {}) {
      const { status, text, body } = await admin.post("/impersonate", { userId, reason, ...more });
      if (status !== 200) throw new Error(text);
      const { sid, actor } = body.session;
      return { sid, parentSid: actor?.sid ?? "" };
    },
  };
}
