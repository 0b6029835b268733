import { afterEach, describe, expect, it, vi } from "vitest";
import { ada, strategies } from "../http/http-test-kit.fixture.ts";
import { closePages, hold, openPages, signedIn } from "./client-test-kit.fixture.ts";

const minute = 60_000;

afterEach(closePages);

describe.each(strategies)("a page of a %s site whose server is away", (strategy) => {
  it("keeps who is signed in, asks less and less often, and recovers by itself", async () => {
    const pages = await signedIn(strategy);
    const client = pages.tab({ events: false });
    const ended = vi.fn<() => void>();
    client.onExpired(ended);
    await pages.settle();
    pages.asked();
    pages.offline = true;
    await pages.fire("online");
    expect(client.$session.get()).toMatchObject({
      status: "signed-in",
      user: { email: ada.email },
      error: { code: "unreachable", status: 0 },
    });
    await pages.pass(2 * minute, 120);
    const tries = pages.asked().length;
    expect(tries).toBeGreaterThan(4);
    expect(tries).toBeLessThan(12);
    pages.offline = false;
    await pages.pass(31_000, 31);
    expect(client.$session.get()).toMatchObject({ status: "signed-in", error: null });
    expect(ended).not.toHaveBeenCalled();
  });

  it("does not know yet, where it never did", async () => {
    const pages = await signedIn(strategy);
    pages.offline = true;
    const client = pages.tab({ events: false });
    client.subscribe(() => {});
    await pages.settle();
    expect(client.$session.get()).toMatchObject({ status: "pending", error: { code: "unreachable" } });
    pages.offline = false;
    await pages.pass(2000, 4);
    expect(client.$session.get()).toMatchObject({ status: "signed-in", error: null });
  });
});

describe("what the server says of itself", () => {
  it("an outage of the store is no end, and it is asked again when it said", async () => {
    const pages = await signedIn("stateful");
    const client = pages.tab({ events: false });
    client.subscribe(() => {});
    await pages.settle();
    pages.site.outage.sessions = true;
    const { error } = await client.getSession();
    expect(error).toMatchObject({ code: "store_unavailable", status: 503 });
    expect(client.$session.get()).toMatchObject({ status: "signed-in", error: { status: 503 } });
    expect(await client.signOut()).toMatchObject({ ok: false, error: { status: 503 } });
    expect(client.$session.get().status).toBe("signed-in");
    expect((await client.touch()).ok).toBe(false);
    expect(client.$session.get().status).toBe("signed-in");
  });

  it.each([
    [502, { "Retry-After": "20" }, 20],
    [429, {}, undefined],
  ])("a proxy's own page (%s) is an error with its status", async (status, headers, retryAfter) => {
    const pages = openPages("stateful");
    const fetchOf = async (): Promise<Response> => new Response("<h1>Oops</h1>", { status, headers });
    const client = pages.tab({ hint: false, events: false, fetch: fetchOf });
    expect((await client.getSession()).error).toMatchObject({ code: "unexpected_reply", status, retryAfter });
  });

  it("is waited for as long as it asks", async () => {
    const pages = openPages("stateful");
    let asked = 0;
    const fetchOf = async (): Promise<Response> => {
      asked += 1;
      return new Response("", { status: 503, headers: { "Retry-After": "60" } });
    };
    const client = pages.tab({ hint: false, events: false, fetch: fetchOf });
    client.subscribe(() => {});
    await pages.pass(59_000, 59);
    expect(asked).toBe(1);
    await pages.pass(2000, 2);
    expect(asked).toBe(2);
  });

  it("a network that answers everything with its sign-in page says nothing of the session", async () => {
    const pages = await signedIn("stateful");
    let portal = false;
    const client = pages.tab({
      events: false,
      fetch: async (...args) => (portal ? new Response("<h1>Hotel</h1>") : pages.fetch(...args)),
    });
    client.subscribe(() => {});
    await pages.settle();
    portal = true;
    const answered = { code: "unexpected_reply", status: 200 };
    expect(await client.getSession()).toMatchObject({ ok: false, error: answered });
    expect(client.$session.get().status).toBe("signed-in");
  });

  it.each(["{}", '{"status":"ok"}', "[]", '"ok"', "7"])(
    "another program in its place, that answers %s, says nothing of the session",
    async (body) => {
      const pages = await signedIn("stateful");
      let isReplaced = false;
      const client = pages.tab({
        events: false,
        fetch: async (...args) => (isReplaced ? new Response(body) : pages.fetch(...args)),
      });
      client.subscribe(() => {});
      await pages.settle();
      isReplaced = true;
      expect(await client.getSession()).toMatchObject({ ok: false, error: { code: "unexpected_reply" } });
      expect(client.$session.get()).toMatchObject({ status: "signed-in", user: { email: ada.email } });
    },
  );

  it("a reply that breaks off half-way is none", async () => {
    const pages = await signedIn("stateful");
    const broken = new ReadableStream({ start: (controller) => controller.error(new TypeError("lost")) });
    const client = pages.tab({ events: false, fetch: async () => new Response(broken) });
    expect(await client.getSession()).toMatchObject({ ok: false, error: { code: "unreachable" } });
  });
});

describe("calls", () => {
  it("do not throw; unwrap does, with all that the error says", async () => {
    const pages = openPages("stateful");
    const client = pages.tab();
    const result = await client.signIn("password", { email: "nobody@example.com", password: "x" });
    expect(result.ok).toBe(false);
    expect(() => result.unwrap()).toThrow(
      expect.objectContaining({ code: "invalid_credentials", status: 401 }),
    );
    expect((await client.signUp("password", ada)).unwrap().user.email).toBe(ada.email);
    pages.offline = true;
    const offline = await client.sessions.list();
    expect(offline.error?.cause).toBeInstanceOf(TypeError);
    expect(client.$session.get().status).toBe("signed-in");
  });

  it("learn by themselves that the session is over", async () => {
    const pages = await signedIn("stateful");
    const client = pages.tab({ events: false });
    client.subscribe(() => {});
    await pages.settle();
    await pages.site.auth.sessions.revokeAll(client.$session.get().user?.id ?? "");
    expect(await client.sessions.list()).toMatchObject({ ok: false, error: { code: "session_ended" } });
    expect(client.$session.get()).toMatchObject({ status: "signed-out", reason: "revoked" });
  });

  it("renew a token that ran out before they fail", async () => {
    const pages = openPages("hybrid", { transports: ["header"] });
    const client = pages.tab({ transport: "header", events: false });
    await client.signUp("password", ada);
    await pages.pass(20 * minute);
    expect(await client.sessions.list()).toMatchObject({ ok: true, data: [{ current: true }] });
    await pages.pass(20 * minute);
    expect(await client.touch()).toMatchObject({ ok: true });
    await pages.pass(20 * minute);
    expect(await client.sessions.revokeOthers()).toEqual(expect.objectContaining({ data: { ended: 0 } }));
  });

  it("fetch the token that a server wants with each change, once and again where the session is new", async () => {
    const pages = openPages("stateful", { csrf: { token: true } });
    const client = pages.tab({ events: false });
    expect(await client.signUp("password", ada)).toMatchObject({ ok: true });
    expect(await client.touch()).toMatchObject({ ok: true });
    expect(await client.touch()).toMatchObject({ ok: true });
    expect(pages.asked().filter((name) => name === "GET /csrf-token")).toHaveLength(2);
    expect(await client.signOut()).toMatchObject({ ok: true });
    expect(await client.signIn("password", { email: ada.email, password: ada.password })).toMatchObject({
      ok: true,
    });
  });

  it("that are refused for another reason are not sent for ever", async () => {
    const pages = openPages("stateful", { csrf: { token: true } });
    let refused = 0;
    const client = pages.tab({
      async fetch(input, init) {
        if (String(input).endsWith("/csrf-token")) return pages.fetch(input, init);
        refused += 1;
        return Response.json({ code: "csrf_refused" }, { status: 403 });
      },
    });
    expect(await client.signOut()).toMatchObject({ ok: false, error: { code: "csrf_refused" } });
    expect(refused).toBe(2);
  });

  it("let the user stay, whose password another tab changes over a slow network", async () => {
    const pages = await signedIn("stateful");
    const [one, other] = [pages.tab({ events: false }), pages.tab({ events: false })];
    const ended = vi.fn<() => void>();
    other.onExpired(ended);
    one.subscribe(() => {});
    await pages.settle();
    const letGo = hold(pages, "POST /change-password");
    const changing = one.changePassword({ currentPassword: ada.password, newPassword: "an even finer one" });
    await pages.settle();
    // The old session is over, and its new cookie not yet here.
    const looking = other.getSession();
    await pages.pass(2000, 20);
    expect(other.$session.get().status).toBe("signed-in");
    letGo();
    expect(await changing).toMatchObject({ ok: true });
    await pages.pass(1000, 4);
    await looking;
    expect(other.$session.get().session?.sid).toBe(one.$session.get().session?.sid);
    expect(ended).not.toHaveBeenCalled();
  });

  it("work on servers that render pages, for what needs no address, and fail with a value for the rest", async () => {
    closePages();
    const { createClient } = await import("./client.ts");
    const client = createClient();
    expect(client.$session.get().status).toBe("pending");
    expect(await client.getSession()).toMatchObject({ ok: false, error: { code: "unreachable" } });
  });
});
