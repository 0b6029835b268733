import { useStore as useReactStore } from "@nanostores/react";
import { useStore as useSolidStore } from "@nanostores/solid";
import { useStore as useVueStore } from "@nanostores/vue";
import { computed } from "nanostores";
import { createElement, type ReactElement } from "react";
import { renderToString } from "react-dom/server";
import { createRoot } from "solid-js";
import { fromStore, get } from "svelte/store";
import { afterEach, describe, expect, it } from "vitest";
import { effectScope } from "vue";
import { ada } from "../http/http-test-kit.fixture.ts";
import { closePages, openPages, signedIn } from "./client-test-kit.fixture.ts";

const quiet = { events: false, refetchInterval: 0 };

afterEach(closePages);

describe("$session in other frameworks", () => {
  it("is what React renders on a server, with what the page is hydrated with", async () => {
    const pages = await signedIn("stateful");
    const { body } = await pages.jar.get("/session");
    const client = pages.tab({ ...quiet, initial: body });
    const Name = (): ReactElement => {
      const { user } = useReactStore(client.$session, { ssr: "initial" });
      return createElement("b", null, user?.email ?? "nobody");
    };
    expect(renderToString(createElement(Name))).toBe(`<b>${ada.email}</b>`);
    expect(client.$session.lc).toBe(0);
  });

  it("is a ref of Vue that follows, for as long as its scope lives", async () => {
    const pages = await signedIn("stateful");
    const client = pages.tab(quiet);
    const scope = effectScope();
    const session = scope.run(() => useVueStore(client.$session));
    expect(session?.value.status).toBe("pending");
    await pages.settle();
    expect(session?.value).toMatchObject({ status: "signed-in", user: { email: ada.email } });
    await client.signOut();
    expect(session?.value.status).toBe("signed-out");
    scope.stop();
    expect(client.$session.lc).toBe(0);
  });

  it("is an accessor of Solid that follows, for as long as its root lives", async () => {
    const pages = await signedIn("stateful");
    const client = pages.tab(quiet);
    const [session, dispose] = createRoot((end) => [useSolidStore(client.$session), end] as const);
    await pages.settle();
    expect(session().status).toBe("signed-in");
    await client.signOut();
    expect(session().status).toBe("signed-out");
    dispose();
    expect(client.$session.lc).toBe(0);
  });

  it("is a store of Svelte", async () => {
    const pages = await signedIn("stateful");
    const client = pages.tab(quiet);
    const seen: string[] = [];
    const stop = client.$session.subscribe(({ status }) => seen.push(status));
    await pages.settle();
    expect(get(client.$session)).toMatchObject({ status: "signed-in", user: { email: ada.email } });
    expect(fromStore(client.$session).current.status).toBe("signed-in");
    await client.signOut();
    expect([seen[0], seen.at(-1)]).toEqual(["pending", "signed-out"]);
    stop();
    expect(client.$session.lc).toBe(0);
  });

  it("is a nanostore that others can be computed from", async () => {
    const pages = openPages("stateful");
    const client = pages.tab(quiet);
    const $name = computed(
      client.$session as never,
      (state: { user: { email?: string } | null }) => state.user?.email,
    );
    expect($name.get()).toBeUndefined();
    const seen: unknown[] = [];
    const stop = $name.subscribe((name) => seen.push(name));
    await client.signUp("password", ada);
    await client.signOut();
    expect(seen).toEqual([undefined, ada.email, undefined]);
    stop();
    await client.signIn("password", { email: ada.email, password: ada.password });
    expect($name.get()).toBe(ada.email);
  });
});
