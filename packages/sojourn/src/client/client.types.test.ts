import { describe, expect, expectTypeOf, it } from "vitest";
import { createAuth, type Session } from "../index.ts";
import { memory } from "../stores/memory/index.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { UserDirectory } from "../ports/user-directory.ts";
import { type ClientError, createClient, type Result } from "./index.ts";

interface Member {
  readonly id: string;
  readonly email: string;
  readonly plan: "free" | "paid";
}
const members: UserDirectory<Member> = { findById: (id) => ({ id, email: "ada@example.com", plan: "paid" }) };
const auth = createAuth({
  secret: "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM",
  users: members,
  callbacks: { session: ({ user }) => ({ isPaid: user.plan === "paid", seats: 3 }) },
});
type Extra = { isPaid: boolean; seats: number };

/** The compiler checks what is in these bodies; what they do at run time is tested elsewhere. */
describe("a client that is told typeof auth", () => {
  const client = createClient<typeof auth>({ baseURL: "https://app.example" });

  it("knows the app's users, and what its callback adds to sessions", () => {
    const state = client.$session.get();
    expectTypeOf(state.user).toEqualTypeOf<Member | null>();
    if (state.status === "signed-in") {
      expectTypeOf(state.user.plan).toEqualTypeOf<"free" | "paid">();
      expectTypeOf(state.session).toEqualTypeOf<Session & Extra>();
    } else expectTypeOf(state.session).toEqualTypeOf<null>();
    expect(state.isPending).toBe(true);
  });

  it("knows what of the session's data the server shows", () => {
    const app = createAuth({
      secret: "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM",
      store: memory(),
      session: { data: { theme: { schema: String, expose: true }, hidden: Number } },
    });
    const state = createClient<typeof app>({ baseURL: "https://app.example" }).$session.get();
    expectTypeOf(state.data).toEqualTypeOf<{ readonly theme?: string } | null>();
    expectTypeOf(client.$session.get().data).toEqualTypeOf<null>();
    expect(state.data).toBeNull();
  });

  it("gives results whose ok tells data from error", () => {
    expectTypeOf(client.getSession).returns.resolves.toEqualTypeOf<
      Result<{ readonly session: Session & Extra; readonly user: Member } | null>
    >();
    const look = async (): Promise<void> => {
      const result = await client.touch();
      if (result.ok) expectTypeOf(result.data.session.seats).toEqualTypeOf<number>();
      else expectTypeOf(result.error).toEqualTypeOf<ClientError>();
      expectTypeOf(result.unwrap().user).toEqualTypeOf<Member>();
    };
    expect(look).toBeTypeOf("function");
  });

  it("knows what the built-in ways to sign in take, and takes anything for the app's own", () => {
    const calls: readonly (() => unknown)[] = [
      () => client.signIn("password", { email: "a", password: "b", remember: true }),
      () => client.signIn("anonymous", {}),
      () => client.signIn("badge", { number: 7, remember: true }),
      () => client.signUp("password", { email: "a", password: "b", name: "Ada" }),
      // @ts-expect-error -- a field is missing
      () => client.signIn("password", { email: "a" }),
      // @ts-expect-error -- a field that nobody reads
      () => client.signIn("password", { email: "a", password: "b", remeber: true }),
      // @ts-expect-error -- not a switch
      () => client.signIn("badge", { number: 7, remember: "yes" }),
    ];
    expect(calls).toHaveLength(7);
  });

  it("takes the server's snapshot", () => {
    type Snapshot = NonNullable<Awaited<ReturnType<typeof auth.snapshot>>>;
    expectTypeOf<Snapshot["user"]>().toEqualTypeOf<Member>();
    expectTypeOf<Snapshot["session"]["seats"]>().toEqualTypeOf<number>();
    const hydrate = (snapshot: Snapshot | null): void => client.hydrate(snapshot);
    expect(hydrate).toBeTypeOf("function");
  });

  it("refuses options that do not exist", () => {
    const wrongs: readonly (() => unknown)[] = [
      // @ts-expect-error -- an option's name
      () => createClient({ baseUrl: "https://app.example" }),
      // @ts-expect-error -- not a transport
      () => createClient({ transport: "url" }),
      // @ts-expect-error -- a unit that does not exist
      () => createClient({ refetchInterval: "5 minutes" }),
    ];
    expect(wrongs).toHaveLength(3);
  });
});

describe("a client that is told nothing", () => {
  it("knows of users what all have in common", () => {
    const { $session } = createClient({ baseURL: "https://app.example" });
    expectTypeOf($session.get().user).toEqualTypeOf<BaseUser | null>();
    expect($session.get().user).toBeNull();
  });
});
