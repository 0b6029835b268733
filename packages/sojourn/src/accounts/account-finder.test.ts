import { describe, expect, it } from "vitest";
import type { ProviderLogin } from "../login/redirect-method.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import { memory } from "../stores/memory/index.ts";
import { fakeClock, seededRandom } from "../testing/index.ts";
import { AccountFinder } from "./account-finder.ts";
import { Identities, identityId } from "./identities.ts";
import { sampleLogin, sampleMethod } from "./provider-login.fixture.ts";
import { unlink } from "./unlink.ts";

const trusting = sampleMethod({ linkByEmail: true });
const careful = sampleMethod();

interface Scene {
  readonly users: ReturnType<typeof memory>["users"];
  readonly identities: Identities;
  finder(seed?: number): AccountFinder;
  /** An account that was made by typing an address and a password. */
  local(email: string, emailVerified: boolean): void;
}

function scene(): Scene {
  const clock = fakeClock();
  const store = memory();
  const { users } = store;
  const identities = new Identities(store.entries as EntryStore, clock);
  return {
    users,
    identities,
    finder: (seed = 1) => new AccountFinder({ identities, users, clock, random: seededRandom(seed) }),
    local(email, emailVerified) {
      const account = { id: "local", email, emailVerified, name: null, passwordHash: "$x", createdAt: 0 };
      expect(users.create(account)).not.toBe(null);
    },
  };
}

describe("an account at a provider that nobody knows", () => {
  it("becomes a new user, with the address if the provider has verified it", async () => {
    const { finder, users } = scene();
    const { userId, isNew, isLinked } = await finder().signIn(careful, sampleLogin());
    expect([isNew, isLinked]).toEqual([true, true]);
    expect(users.findById(userId)).toMatchObject({
      email: "ada@example.com",
      emailVerified: true,
      name: "Ada",
    });
    expect((await users.findCredential(userId))?.passwordHash).toBe(null);
  });

  it("becomes a user without an address if the provider has not verified it, so that its owner can still sign up", async () => {
    const { finder, users, local } = scene();
    const { userId } = await finder().signIn(careful, sampleLogin({ emailVerified: false }));
    expect(users.findById(userId)).toMatchObject({ email: null, emailVerified: false });
    local("ada@example.com", false);
  });

  it.each([
    ["neither allowed", careful, true, true],
    ["allowed, but not verified by the provider", trusting, false, true],
    [
      "allowed, but not verified here: somebody may have signed up with a stranger's address",
      trusting,
      true,
      false,
    ],
    ["verified by nobody", trusting, false, false],
  ] as const)("is not linked by its address: %s", async (_why, method, emailVerified, verifiedHere) => {
    const { finder, local, identities } = scene();
    local("ada@example.com", verifiedHere);
    const login = sampleLogin({ emailVerified });
    await expect(finder().signIn(method, login)).rejects.toMatchObject({ code: "account_not_linked" });
    expect(await identities.find(identityId(login))).toBe(null);
  });

  it("is linked by its address where that is allowed and both sides have verified it", async () => {
    const { finder, local } = scene();
    local("ada@example.com", true);
    expect(await finder().signIn(trusting, sampleLogin())).toMatchObject({
      userId: "local",
      isNew: false,
      isLinked: true,
    });
    // From then on it is known by its id, whatever becomes of the address.
    const moved = sampleLogin({ email: "other@example.com", emailVerified: false });
    expect(await finder().signIn(careful, moved)).toMatchObject({ userId: "local", isLinked: false });
  });
});

describe("two first sign-ins at once", () => {
  it.each([
    sampleLogin(),
    sampleLogin({ emailVerified: false }),
    sampleLogin({ email: null, emailVerified: false }),
  ])("of one account make one user", async (login) => {
    const { finder, identities } = scene();
    const found = await Promise.all([1, 2, 3, 4, 5].map((seed) => finder(seed).signIn(careful, login)));
    const ids = new Set(found.map(({ userId }) => userId));
    expect(ids.size).toBe(1);
    expect(found.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(found.filter(({ isLinked }) => isLinked)).toHaveLength(1);
    expect(await identities.list([...ids][0] ?? "")).toMatchObject([{ isPending: false }]);
  });

  it("of two accounts with one address make one user, and tell the other", async () => {
    const { finder, identities } = scene();
    const logins = [sampleLogin(), sampleLogin({ subject: "2" })];
    const done = await Promise.allSettled(logins.map((login, i) => finder(i + 1).signIn(careful, login)));
    expect(done.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const left = await Promise.all(logins.map((login) => identities.find(identityId(login))));
    expect(left.filter((one) => one !== null)).toHaveLength(1);
  });
});

describe("a user in the making", () => {
  it("is finished by the next sign-in, if the process was killed between", async () => {
    const { finder, identities, users } = scene();
    const login = sampleLogin();
    await identities.add(login, "reserved", true);
    expect(await finder().signIn(careful, login)).toMatchObject({ userId: "reserved", isNew: true });
    expect(users.findById("reserved")).not.toBe(null);
  });

  it("is finished also if it was made already", async () => {
    const { finder, identities, users } = scene();
    const login = sampleLogin();
    await identities.add(login, "reserved", true);
    await users.create({
      id: "reserved",
      email: "ada@example.com",
      emailVerified: true,
      name: null,
      passwordHash: null,
      createdAt: 0,
    });
    expect(await finder().signIn(careful, login)).toMatchObject({ userId: "reserved", isNew: true });
    expect(await finder().signIn(careful, login)).toMatchObject({ userId: "reserved", isNew: false });
  });
});

describe("an account whose user was removed", () => {
  it("is a stranger's, who gets a new user and nothing of the old one", async () => {
    const { finder, users } = scene();
    const { userId } = await finder(1).signIn(careful, sampleLogin());
    await users.remove(userId);
    const again = await finder(2).signIn(careful, sampleLogin());
    expect(again.isNew).toBe(true);
    expect(again.userId).not.toBe(userId);
  });

  it("can be linked by somebody else", async () => {
    const { finder, users, local } = scene();
    const { userId } = await finder().signIn(careful, sampleLogin());
    await users.remove(userId);
    local("local@example.com", false);
    expect(await finder().link(careful, sampleLogin(), "local")).toBe(true);
  });
});

describe("linking", () => {
  it("adds an account once, and never one of somebody else", async () => {
    const { finder, local } = scene();
    local("local@example.com", false);
    expect(await finder().link(careful, sampleLogin(), "local")).toBe(true);
    expect(await finder().link(careful, sampleLogin(), "local")).toBe(false);
    expect(await finder().isOf(careful, sampleLogin(), "local")).toBe(true);
    const other = sampleLogin({ subject: "2", email: "other@example.com" });
    const { userId } = await finder(2).signIn(careful, other);
    await expect(finder().link(careful, other, "local")).rejects.toMatchObject({ code: "identity_taken" });
    expect(await finder().isOf(careful, other, "local")).toBe(false);
    expect(await finder().isOf(careful, other, userId)).toBe(true);
  });

  it("keeps accounts of one id at two providers, or two issuers, apart", () => {
    const ids = [
      sampleLogin(),
      sampleLogin({ provider: "other" }),
      sampleLogin({ issuer: "https://other.example" }),
      sampleLogin({ provider: "acme,https", issuer: "" }),
      sampleLogin({ provider: 'acme","https://acme.example' }),
    ].map((login: ProviderLogin) => identityId(login));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("an app with its own users", () => {
  it("is asked at each sign-in, and says who it is or nobody", async () => {
    const asked: unknown[] = [];
    const own = sampleMethod({
      find: (question) => {
        asked.push(question);
        return question.emailVerified ? "users/7" : null;
      },
    });
    const finder = new AccountFinder({
      identities: null,
      users: null,
      clock: fakeClock(),
      random: seededRandom(1),
    });
    const { provider, issuer, subject, email, emailVerified, name, profile } = sampleLogin();
    expect(await finder.signIn(own, sampleLogin())).toEqual({
      userId: "users/7",
      isNew: false,
      isLinked: false,
    });
    expect(asked).toEqual([{ provider, issuer, subject, email, emailVerified, name, profile, linkTo: null }]);
    await expect(finder.signIn(own, sampleLogin({ emailVerified: false }))).rejects.toMatchObject({
      code: "sign_in_denied",
    });
    expect(await finder.link(own, sampleLogin(), "users/7")).toBe(true);
    expect(asked.at(-1)).toMatchObject({ linkTo: "users/7" });
    await expect(finder.link(own, sampleLogin(), "users/8")).rejects.toMatchObject({
      code: "identity_taken",
    });
    expect(await finder.isOf(own, sampleLogin(), "users/8")).toBe(false);
  });
});

describe("unlinking", () => {
  it("takes an account from its user alone, and leaves a way to sign in", async () => {
    const { finder, identities, users } = scene();
    const { userId } = await finder().signIn(careful, sampleLogin());
    const id = identityId(sampleLogin());
    expect(await unlink(identities, users, "bob", id)).toBe(null);
    await expect(unlink(identities, users, userId, id)).rejects.toMatchObject({
      code: "last_sign_in_method",
    });
    await finder().link(careful, sampleLogin({ subject: "2" }), userId);
    expect(await unlink(identities, users, userId, id)).toMatchObject({ provider: "acme" });
    expect(await unlink(identities, users, userId, id)).toBe(null);
    expect(await identities.list(userId)).toHaveLength(1);
  });

  it("may take the last one of somebody with a password, if passwords are a way in", async () => {
    const { finder, identities, users, local } = scene();
    local("local@example.com", false);
    await finder().link(careful, sampleLogin(), "local");
    const id = identityId(sampleLogin());
    await expect(unlink(identities, null, "local", id)).rejects.toMatchObject({
      code: "last_sign_in_method",
    });
    expect(await unlink(identities, users, "local", id)).not.toBe(null);
  });

  it("leaves one of two that are taken at once", async () => {
    const { finder, identities, users } = scene();
    const { userId } = await finder().signIn(careful, sampleLogin());
    const logins = [sampleLogin(), sampleLogin({ subject: "2" })];
    await finder().link(careful, sampleLogin({ subject: "2" }), userId);
    await Promise.allSettled(logins.map((login) => unlink(identities, users, userId, identityId(login))));
    expect((await identities.list(userId)).length).toBeGreaterThanOrEqual(1);
  });
});
