// @vitest-environment happy-dom
import { act } from "react";
import { renderToString } from "react-dom/server";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ada, entryFor, type FakeServer, fakeServer, replyFor } from "./fake-server.fixture.ts";
import {
  LoadingGate,
  RequireSession,
  SessionProvider,
  SignedIn,
  SignedOut,
  useAuth,
  type UseAuth,
  useSession,
  useSessions,
  type UseSessions,
} from "./index.ts";
import { render, settle } from "./render.fixture.tsx";

let server: FakeServer;
beforeEach(() => {
  server = fakeServer({ "GET /session": { body: replyFor() } });
});

function Who(): React.ReactElement {
  const { isLoading, user, status } = useSession();
  return <p>{isLoading ? "waiting" : `${status} ${user?.id ?? "nobody"}`}</p>;
}

describe("the provider", () => {
  it("asks once for all who want to know, however often they are rendered", async () => {
    const { text, again } = await render(
      <SessionProvider client={server.client}>
        <Who />
        <Who />
      </SessionProvider>,
    );
    await settle();
    expect(text()).toBe("signed-in u1signed-in u1");
    await again(
      <SessionProvider client={server.client}>
        <Who key="again" />
      </SessionProvider>,
    );
    await settle();
    expect(text()).toBe("signed-in u1");
    expect(server.asked).toEqual(["GET /session"]);
  });

  it.each([
    ["signed in", replyFor(), "signed-in u1"],
    ["signed out", null, "signed-out nobody"],
  ])(
    "renders in the browser what the server rendered for somebody %s, and asks nothing",
    async (_, initial, said) => {
      const app = (at: FakeServer): React.ReactElement => (
        <SessionProvider client={at.client} initial={initial}>
          <Who />
          <SignedIn>in</SignedIn>
          <SignedOut>out</SignedOut>
        </SessionProvider>
      );
      const onServer = fakeServer();
      const markup = renderToString(app(onServer));
      expect(markup).toContain(said);
      const { text } = await render(app(server), markup);
      await settle();
      expect(text()).toContain(said);
      expect(server.asked).toEqual([]);
      expect(server.client.$session.get().isPending).toBe(false);
      expect(onServer.client.$session.get().isPending, "a client of the server learns of no visitor").toBe(
        true,
      );
    },
  );

  it("waits on the server where it was told nothing, and so at first in the browser", async () => {
    const app = (
      <SessionProvider client={server.client}>
        <Who />
      </SessionProvider>
    );
    const markup = renderToString(app);
    expect(markup).toContain("waiting");
    const { text } = await render(app, markup);
    await settle();
    expect(text()).toBe("signed-in u1");
  });

  it("does not sign out whoever signed in since the server rendered the page", async () => {
    server.answers["POST /sign-in/password"] = { body: replyFor() };
    const app = (key: string): React.ReactElement => (
      <SessionProvider key={key} client={server.client} initial={null}>
        <Who />
      </SessionProvider>
    );
    const { text, again } = await render(app("first"));
    expect(text()).toBe("signed-out nobody");
    await act(() =>
      server.client.signIn("password", { email: "ada@example.com", password: "a fine password" }),
    );
    await again(app("second"));
    await settle();
    expect(text()).toBe("signed-in u1");
  });

  it("takes in what a later page of the server found, and asks where that found nobody", async () => {
    const app = (initial: ReturnType<typeof replyFor> | null): React.ReactElement => (
      <SessionProvider client={server.client} initial={initial}>
        <Who />
      </SessionProvider>
    );
    const { text, again } = await render(app(null));
    await again(app(replyFor({}, Date.now() + 5)));
    await settle();
    expect(text()).toBe("signed-in u1");
    expect(server.asked).toEqual([]);
    server.answers["GET /session"] = { body: null };
    await again(app(null));
    await settle();
    expect(server.asked).toEqual(["GET /session"]);
    expect(text()).toBe("signed-out nobody");
  });

  it("tells when the session is over, by the callback of the last rendering, and not when the user signs out", async () => {
    const reasons: unknown[] = [];
    const app = (label: string): React.ReactElement => (
      <SessionProvider
        client={server.client}
        initial={replyFor()}
        onExpired={(reason) => reasons.push(`${label} ${reason}`)}
      >
        <Who />
      </SessionProvider>
    );
    const { again } = await render(app("first"));
    await again(app("second"));
    await settle();
    server.answers["POST /touch"] = { status: 401, body: { code: "session_ended", reason: "revoked" } };
    server.answers["GET /session"] = { body: null };
    await act(() => server.client.touch());
    await settle();
    expect(reasons).toEqual(["second revoked"]);
  });

  it("is missed aloud, with what to do about it", () => {
    expect(() => renderToString(<Who />)).toThrow(/Add a SessionProvider/);
  });
});

describe("useSession", () => {
  it("keeps who is signed in while the server cannot be reached", async () => {
    const { text } = await render(
      <SessionProvider client={server.client} initial={replyFor()}>
        <Who />
      </SessionProvider>,
    );
    server.answers["GET /session"] = null;
    expect((await act(() => server.client.getSession())).error?.code).toBe("unreachable");
    await settle();
    expect(text()).toBe("signed-in u1");
  });

  it("sends away whoever is not signed in, and shows them no more than waiting meanwhile", async () => {
    const sent = vi.fn<(reason: unknown) => void>();
    const shown = new Set<string>();
    function Private(): React.ReactElement {
      const { status, isLoading, user } = useSession({ required: true, onUnauthenticated: sent });
      shown.add(`${status} ${isLoading} ${user?.id}`);
      return <p>{status}</p>;
    }
    server.answers["GET /session"] = { body: null };
    const { text } = await render(
      <SessionProvider client={server.client}>
        <Private />
      </SessionProvider>,
    );
    await settle();
    expect(text()).toBe("pending");
    expect(sent).toHaveBeenCalledWith(null);
    expect([...shown]).toEqual(["pending true undefined"]);
  });

  it("has the names that other libraries have, and the same functions at each rendering", async () => {
    const seen: UseAuth[] = [];
    function Aliases(): React.ReactElement {
      const auth = useAuth();
      seen.push(auth);
      return <p>{auth.authenticated ? auth.user?.id : "nobody"}</p>;
    }
    server.answers["POST /sign-out"] = { body: { ended: 1 } };
    const { text } = await render(
      <SessionProvider client={server.client}>
        <Aliases />
      </SessionProvider>,
    );
    await settle();
    const [first, last] = [seen[0]!, seen.at(-1)!];
    expect([first.loading, first.authenticated, last.loading, last.authenticated]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    for (const name of ["refresh", "signOut", "signIn", "touch", "logout", "login", "clearSession"] as const)
      expect(last[name], name).toBe(first[name]);
    expect(await act(() => last.checkSession())).toEqual(ada);
    await act(() => last.clearSession());
    await settle();
    expect(text()).toBe("nobody");
  });
});

describe("the gates", () => {
  const gates = (
    <>
      <LoadingGate fallback="waiting" failed={({ code }, retry) => <button onClick={retry}>{code}</button>}>
        known
      </LoadingGate>
      <SignedIn fallback=" not in">{({ user }) => ` in as ${user.id}`}</SignedIn>
      <SignedOut>{(reason) => ` out by ${reason}`}</SignedOut>
      <RequireSession loading=" hold on" fallback=" sent away">
        {({ session }) => ` private ${session.sid}`}
      </RequireSession>
    </>
  );

  it("show to each what is for them", async () => {
    const { text } = await render(<SessionProvider client={server.client}>{gates}</SessionProvider>);
    await settle();
    expect(text()).toBe("known in as u1 private sid-1");
    server.answers["POST /sign-out"] = { body: { ended: 1 } };
    await act(() => server.client.signOut());
    await settle();
    expect(text()).toBe("known not in out by signed_out sent away");
  });

  it("wait for as long as nothing is known, and offer another try where the server is away", async () => {
    server.answers["GET /session"] = null;
    const { text, click } = await render(<SessionProvider client={server.client}>{gates}</SessionProvider>);
    await settle();
    expect(text()).toBe("unreachable not in hold on");
    server.answers["GET /session"] = { body: replyFor() };
    await click("button");
    await settle();
    expect(text()).toBe("known in as u1 private sid-1");
  });
});

describe("useSessions", () => {
  let seen: UseSessions;
  function List(): React.ReactElement {
    seen = useSessions();
    return (
      <p>
        {seen.sessions?.map(({ sid }) => `${sid}${seen.ending.includes(sid) ? "…" : ""}`).join(" ") ?? "none"}
      </p>
    );
  }
  const list = (
    <>
      <List />
      <List />
    </>
  );
  const two = [entryFor({ sid: "sid-1", current: true }), entryFor({ sid: "sid-2" })];

  it("asks once, and keeps a session in the list until the server has ended it", async () => {
    server.answers["GET /sessions"] = { body: { sessions: two } };
    const { text } = await render(
      <SessionProvider client={server.client} initial={replyFor()}>
        {list}
      </SessionProvider>,
    );
    await settle();
    expect(server.asked).toEqual(["GET /sessions"]);
    let end = (): void => {};
    server.answers["DELETE /sessions/sid-2"] = () =>
      new Promise((resolve) => {
        end = () => resolve({ body: { ended: 1 } });
      });
    let revoked!: ReturnType<UseSessions["revoke"]>;
    await act(async () => {
      revoked = seen.revoke("sid-2");
    });
    await settle();
    expect(text()).toContain("sid-1 sid-2…");
    server.answers["GET /sessions"] = { body: { sessions: two.slice(0, 1) } };
    end();
    await settle();
    expect((await revoked).ok).toBe(true);
    expect(text()).toContain("sid-1");
    expect(seen.sessions?.length).toBe(1);
  });

  it("keeps a session in the list that the server would not end, and says why", async () => {
    server.answers["GET /sessions"] = { body: { sessions: two } };
    const { text } = await render(
      <SessionProvider client={server.client} initial={replyFor()}>
        {list}
      </SessionProvider>,
    );
    await settle();
    server.answers["DELETE /sessions"] = { status: 403, body: { code: "step_up_required", detail: "…" } };
    expect((await act(() => seen.revokeOthers())).error?.code).toBe("step_up_required");
    await settle();
    expect(text()).toBe("sid-1 sid-2sid-1 sid-2");
    server.answers["GET /sessions"] = null;
    await act(() => seen.reload());
    await settle();
    expect([seen.error?.code, seen.sessions?.length]).toEqual(["unreachable", 2]);
  });

  it("never shows the list of somebody else", async () => {
    server.answers["GET /sessions"] = { body: { sessions: two } };
    await render(
      <SessionProvider client={server.client} initial={replyFor()}>
        <List />
      </SessionProvider>,
    );
    await settle();
    server.answers["GET /sessions"] = null;
    server.answers["POST /sign-in/password"] = { body: replyFor({ sid: "sid-9", userId: "u9" }) };
    await act(() =>
      server.client.signIn("password", { email: "ada@example.com", password: "a fine password" }),
    );
    await settle();
    expect([seen.sessions, seen.error?.code]).toEqual([null, "unreachable"]);
  });
});
