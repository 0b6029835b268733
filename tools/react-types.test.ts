import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { entryPoints, root } from "./entry-points.ts";
import { run } from "./run.ts";

/** A page that uses everything, in an app with a user type of its own. */
const page = `
import { type ReactNode } from "react";
import { createAuth } from "sojourn";
import { createClient, type Client, type SessionReply } from "sojourn/client";
import { halfHour, warnBeforeUnload, watchExpiry } from "sojourn/expiry";
import { memory } from "sojourn/memory";
import { password } from "sojourn/password";
import { LoadingGate, RequireSession, SessionProvider, SignedIn, SignedOut, useAuth, useClient, useSession, useSessions } from "sojourn/react";
import { ActiveSessions, ExpiryDialog, ImpersonationBanner, PartsProvider, SignInForm, useExpiry, UserButton } from "sojourn/react/parts";

const auth = createAuth({
  store: memory(),
  login: [password()],
  callbacks: { session: ({ session }) => ({ ...session, plan: "pro" as const }) },
});

declare module "sojourn/react" {
  interface Register {
    auth: typeof auth;
  }
}

export const client = createClient<typeof auth>({ refetchInterval: "5m" });
export const watch = watchExpiry(client, halfHour);
export const stop = warnBeforeUnload(client);

export function Page() {
  const { session, user, status, refresh, signOut, signIn, touch, isLoading, error } = useSession();
  const { checkSession, clearSession, loading, authenticated } = useAuth();
  const { sessions, revoke, revokeOthers, ending, reload } = useSessions();
  const { expiry, stay } = useExpiry(halfHour);
  const own = useClient();
  const list = own.sessions.list();
  const plan = session?.plan;
  return { session, user, status, refresh, signOut, signIn, touch, isLoading, error, checkSession, clearSession, loading, authenticated, sessions, revoke, revokeOthers, ending, reload, expiry, stay, list, plan };
}

export function Private() {
  const state = useSession({ required: true, onUnauthenticated: (reason) => void reason });
  return state.status === "pending" ? null : state.user.email;
}

export function App({ initial, children }: { initial: SessionReply | null; children: ReactNode }) {
  return (
    <SessionProvider client={client} initial={initial} onExpired={(reason) => void reason}>
      <PartsProvider locale="de" texts={{ signIn: "Anmelden" }}>
        <LoadingGate fallback="…" failed={({ message }, retry) => <button onClick={retry}>{message}</button>}>
          <UserButton signInHref="/sign-in" classes={{ root: "user" }} />
          <ImpersonationBanner />
          <SignedIn fallback="nobody">{({ user, session }) => <b>{user.email} {session.plan}</b>}</SignedIn>
          <SignedOut>{(reason) => <SignInForm returnTo="/" />}</SignedOut>
          <RequireSession loading="…" fallback="Sign in">{({ session }) => <p>{session.plan}</p>}</RequireSession>
          <ActiveSessions place={({ ip }) => ip} />
          <ExpiryDialog {...halfHour} signInHref="/sign-in" />
          {children}
        </LoadingGate>
      </PartsProvider>
    </SessionProvider>
  );
}
`;

/** What the compiler must refuse, each with words of its message. */
const mistakes: readonly (readonly [code: string, message: string])[] = [
  ["export const a = () => useSession().user?.salary;", "Property 'salary' does not exist"],
  ["export const b = () => useSession().user.email;", "possibly 'null'"],
  ["export const c = () => <PartsProvider texts={{ signin: 'x' }} />;", "'signin' does not exist in type"],
  ["export const d = () => <SessionProvider />;", "Property 'client' is missing"],
];

describe("the types of the parts for React", () => {
  const folder = join(root, "node_modules/.cache/react-types");
  const compilerOptions = {
    strict: true,
    module: "NodeNext",
    target: "ES2023",
    lib: ["ES2023", "DOM", "DOM.Iterable"],
    jsx: "react-jsx",
    types: ["node"],
    skipLibCheck: true,
    declaration: true,
    outDir: "out",
    paths: Object.fromEntries(
      entryPoints().map(({ name, source }) => [
        name,
        [join(folder, "types", source.slice("src/".length).replace(/ts$/, "d.ts"))],
      ]),
    ),
  };
  const compile = (code: string): string => {
    writeFileSync(join(folder, "page.tsx"), code);
    return run("tsc", ["-p", folder, "--extendedDiagnostics"]);
  };
  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const build = ["-p", "packages/sojourn/tsconfig.build.json", "--emitDeclarationOnly"];
    run("tsc", [...build, "--outDir", join(folder, "types")]);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["page.tsx"] }));
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("cost a page that uses everything less than 50,000 instantiations, and can be declared", () => {
    const instantiations = Number(/Instantiations:\s*(\d+)/.exec(compile(page))?.[1]);
    expect(instantiations).toBeGreaterThan(100);
    expect(instantiations).toBeLessThan(50_000);
    const declared = readFileSync(join(folder, "out/page.d.ts"), "utf8");
    expect(declared).toContain("export declare function Page()");
    expect(declared).toMatch(/plan: "pro" \| undefined/);
    expect(declared).not.toContain(": any");
  }, 120_000);

  it.each(mistakes)("refuse %s", (code, message) => {
    expect(() => compile(page + code)).toThrow(message);
  });
});
