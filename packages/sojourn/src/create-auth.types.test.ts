import { describe, expect, expectTypeOf, it } from "vitest";
import type { StoredUser, UserDirectory } from "./ports/user-directory.ts";
import {
  type AnyJson,
  type Auth,
  type AuthState,
  createAuth,
  type Session,
  type UndeclaredData,
} from "./index.ts";
import { memory } from "./stores/memory/index.ts";
import { sqlite } from "./stores/sqlite/index.ts";

const secret = "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM";

interface Member {
  readonly id: string;
  readonly email: string;
  readonly plan: "free" | "paid";
}
const members: UserDirectory<Member> = { findById: (id) => ({ id, email: "ada@example.com", plan: "paid" }) };
const request = new Request("http://localhost/");

/** The compiler checks what is in these bodies; what they do at run time is tested elsewhere. */
describe("the user of createAuth", () => {
  it("is Sojourn's own where the app says nothing", () => {
    const auth = createAuth({ secret, store: memory() });
    expectTypeOf(auth).toEqualTypeOf<Auth<StoredUser, object, UndeclaredData, AnyJson>>();
    expectTypeOf<
      NonNullable<Awaited<ReturnType<typeof auth.getSession>>>["user"]
    >().toEqualTypeOf<StoredUser>();
    expect(auth.handler).toBeTypeOf("function");
  });

  it("is what the app's directory gives, over a store that keeps none", () => {
    for (const store of [memory({ users: false }), sqlite(":memory:", { users: false })]) {
      const auth = createAuth({ secret, store, users: members });
      expectTypeOf<
        NonNullable<Awaited<ReturnType<typeof auth.getSession>>>["user"]
      >().toEqualTypeOf<Member>();
    }
    const tokens = createAuth({ secret, users: members });
    expectTypeOf<Awaited<ReturnType<typeof tokens.requireSession>>["user"]>().toEqualTypeOf<Member>();
    expectTypeOf(tokens.signIn).parameter(0).toHaveProperty("user").toEqualTypeOf<Member | undefined>();
    expect(tokens.sessions).toBeTypeOf("object");
  });

  it("is what every callback is given", () => {
    const auth = createAuth({
      secret,
      users: members,
      callbacks: {
        user: ({ user, principal }) => {
          expectTypeOf(user).toEqualTypeOf<Member>();
          expectTypeOf(principal.user).toEqualTypeOf<Member | undefined>();
          return user.plan === "paid" ? user : null;
        },
        jwt: ({ user, claims }) => {
          expectTypeOf(user).toEqualTypeOf<Member>();
          expectTypeOf(claims.sub).toEqualTypeOf<string>();
          expectTypeOf(claims.exp).toEqualTypeOf<number | undefined>();
          return { plan: user.plan };
        },
        lifetimes: ({ user }) => (user.plan === "free" ? { idleTimeout: "15m" } : null),
        session: async ({ session, user }) => {
          expectTypeOf(session).toEqualTypeOf<Session>();
          return { isPaid: user.plan === "paid" };
        },
      },
    });
    expect(auth.close).toBeTypeOf("function");
  });
});

describe("the session of createAuth", () => {
  const auth = createAuth({
    secret,
    users: members,
    callbacks: { session: ({ user }) => ({ isPaid: user.plan === "paid", seats: 3 }) },
  });
  type Extra = { isPaid: boolean; seats: number };

  it("has what the callback adds, wherever it is read", async () => {
    const read = await auth.getSession(request);
    expectTypeOf(read).toEqualTypeOf<{ readonly session: Session & Extra; readonly user: Member } | null>();
    expectTypeOf<
      Awaited<ReturnType<typeof auth.requireSession>>["session"]["seats"]
    >().toEqualTypeOf<number>();
    expectTypeOf<Awaited<ReturnType<typeof auth.authenticate>>>().toEqualTypeOf<AuthState<Member, Extra>>();
    expect(read).toBe(null);
  });

  it("has nothing more where no callback adds anything", () => {
    const plain = createAuth({ secret, users: members });
    expectTypeOf<Awaited<ReturnType<typeof plain.requireSession>>["session"]>().toEqualTypeOf<
      Session & object
    >();
    // @ts-expect-error -- nobody added it
    type _Missing = Awaited<ReturnType<typeof plain.requireSession>>["session"]["isPaid"];
    expect(plain).toBeTypeOf("object");
  });
});

describe("the state of a request", () => {
  it("narrows by its status to exactly what there is then", async () => {
    const auth = createAuth({ secret, users: members });
    const state = await auth.authenticate(request);
    switch (state.status) {
      case "active":
        expectTypeOf(state.user).toEqualTypeOf<Member>();
        expectTypeOf(state.session.sid).toEqualTypeOf<string>();
        expectTypeOf(state.renewal).toEqualTypeOf<"none" | "due">();
        break;
      case "anonymous":
        expectTypeOf(state.cookies).toEqualTypeOf<readonly string[]>();
        // @ts-expect-error -- nobody is signed in
        void state.user;
        break;
      case "ended":
        expectTypeOf(state.reason).toExtend<string>();
        // @ts-expect-error -- nobody is signed in any more
        void state.session;
        break;
      case "unavailable":
        expectTypeOf(state.retryAfter).toEqualTypeOf<number>();
        // @ts-expect-error -- cookies stay as they are in an outage
        void state.cookies;
        break;
      default:
        expectTypeOf(state).toBeNever();
    }
    expect(state.status).toBe("anonymous");
  });
});

describe("options that cannot work", () => {
  it("are refused by the compiler before they are at boot", () => {
    const wrongs: readonly (() => unknown)[] = [
      // @ts-expect-error -- an option's name
      () => createAuth({ secret, sesion: {} }),
      // @ts-expect-error -- a unit that does not exist
      () => createAuth({ secret, session: { idleTimeout: "7y" } }),
      // @ts-expect-error -- not a strategy
      () => createAuth({ secret, strategy: "jwt" }),
      // @ts-expect-error -- not an algorithm of ours
      () => createAuth({ secret, jwt: { alg: "none" } }),
      // @ts-expect-error -- in lower case
      () => createAuth({ secret, cookie: { sameSite: "Lax" } }),
      // @ts-expect-error -- scripts never read the session cookie
      () => createAuth({ secret, cookie: { httpOnly: false } }),
      // @ts-expect-error -- not a transport
      () => createAuth({ secret, transports: ["url"] }),
      // @ts-expect-error -- a limit needs a number
      () => createAuth({ secret, session: { limit: { onExceed: "deny" } } }),
    ];
    for (const wrong of wrongs) expect(wrong).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });

  it("include a directory whose users have no id", () => {
    // @ts-expect-error -- sessions are of somebody with an id
    expect(() => createAuth({ secret, users: { findById: () => ({ name: "Ada" }) } })).not.toThrow();
  });
});
