// @vitest-environment happy-dom
import { act } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createClient } from "../client/index.ts";
import { type FakeServer, fakeServer, replyFor } from "./fake-server.fixture.ts";
import { RequireSession, SessionProvider, useSession, useSessions } from "./index.ts";
import { render, settle } from "./render.fixture.tsx";

declare const document: { cookie: string };

let server: FakeServer;
beforeEach(() => {
  server = fakeServer({ "GET /session": { body: replyFor() }, "POST /sign-out": { body: { ended: 1 } } });
});
afterEach(() => vi.unstubAllGlobals());

describe("a session that is required, of a page that the server rendered", () => {
  it("shows nothing of the user any more once they have signed out", async () => {
    const shown: string[] = [];
    function Private(): React.ReactElement {
      const { status, isAuthenticated, isLoading, user } = useSession({ required: true });
      shown.push(`${status} ${isAuthenticated} ${isLoading} ${user?.id ?? "nobody"}`);
      return <p>{user?.id}</p>;
    }
    const { text } = await render(
      <SessionProvider client={server.client} initial={replyFor()}>
        <Private />
        <RequireSession>{({ user }) => user.id}</RequireSession>
      </SessionProvider>,
    );
    await settle();
    expect(text()).toBe("u1u1");
    await act(() => server.client.signOut());
    await settle();
    expect(text()).toBe("");
    expect(shown.at(-1)).toBe("pending false true nobody");
  });
});

describe("the first rendering", () => {
  it("has the session data that the server shows", () => {
    function Theme(): React.ReactElement {
      return <p>{String(useSession().data?.["theme"])}</p>;
    }
    const markup = renderToString(
      <SessionProvider client={server.client} initial={{ ...replyFor(), data: { theme: "dark" } }}>
        <Theme />
      </SessionProvider>,
    );
    expect(markup).toBe("<p>dark</p>");
  });

  it("of a page out of a cache, where nobody was signed in, is followed by a look: a cookie says otherwise", async () => {
    const asked: string[] = [];
    vi.stubGlobal("location", { origin: "https://app.example" });
    document.cookie = "sojourn-hint=1";
    const client = createClient({
      events: false,
      fetch: async (input) => {
        asked.push(String(input));
        return Response.json(replyFor());
      },
    });
    function Who(): React.ReactElement {
      return <p>{useSession().status}</p>;
    }
    const { text } = await render(
      <SessionProvider client={client} initial={null}>
        <Who />
      </SessionProvider>,
    );
    await settle();
    expect([text(), asked]).toEqual(["signed-in", ["/auth/session"]]);
    client.close();
    document.cookie = "sojourn-hint=1; Max-Age=0";
  });
});

describe("useSessions", () => {
  it("waits for nothing where nobody is signed in", async () => {
    const loading: boolean[] = [];
    function List(): null {
      loading.push(useSessions().isLoading);
      return null;
    }
    server.answers["GET /session"] = { body: null };
    await render(
      <SessionProvider client={server.client}>
        <List />
      </SessionProvider>,
    );
    await settle();
    expect([loading[0], loading.at(-1), server.asked]).toEqual([true, false, ["GET /session"]]);
  });
});
