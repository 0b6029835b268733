import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browsing } from "./browsing.ts";
import { type FrameworkApp, startExample } from "./framework-app.ts";

/* Examples of frameworks that build their apps, as `npm start` starts them. */
describe.each([
  { name: "sveltekit", data: "/account/__data.json" },
  { name: "react-router", data: "/account.data" },
])("the example for $name", ({ name, data }) => {
  let app: FrameworkApp;
  let ada: Browsing;
  const account = { email: "ada@example.com", password: "correct horse battery", remember: "on" };

  beforeAll(async () => {
    app = await startExample(name);
    ada = new Browsing(app.origin);
  });
  afterAll(() => app?.close());

  it("sends a visitor of the account to the sign-in page, with the way back in its form", async () => {
    const page = await ada.open("/account");
    expect(page.path).toBe("/sign-in?returnTo=%2Faccount");
    expect(page.text).toMatch(/name="returnTo"[^>]*value="\/account"/);
  });

  it("tells the router in the browser to go there as well", async () => {
    const headers = { "sec-fetch-mode": "cors", "sec-fetch-site": "same-origin" };
    const response = await fetch(app.origin + data, { headers });
    expect(await response.text()).toContain("/sign-in?returnTo=%2Faccount");
    expect(response.headers.get("cache-control")).toBe("private, no-store");
  });

  it("signs up, and shows whose account it is", async () => {
    const page = await ada.submit("/auth/sign-up/password", { ...account, returnTo: "/account" });
    expect(page.path).toBe("/account");
    expect(page.text).toContain("Signed in as ada@example.com");
  });

  it("has the session in the page that the server renders", async () => {
    expect((await ada.open("/")).text).toContain("ada@example.com");
    expect((await new Browsing(app.origin).open("/")).text).not.toContain("ada@example.com");
  });

  it("lists the sessions, and signs one out", async () => {
    const phone = new Browsing(app.origin);
    await phone.submit("/auth/sign-in/password", { ...account, returnTo: "/account" });
    const page = await ada.open("/account");
    const form = /<form[^>]*action="([^"]*)"[^>]*>(?:(?!<\/form>)[^])*?value="([\w-]{36})"/.exec(page.text);
    const after = await ada.submit(form?.[1] ?? "", { sid: form?.[2] ?? "" }, "/account");
    expect(after.status).toBe(200);
    expect((await phone.open("/account")).path).toMatch(/^\/sign-in\?/);
    expect((await ada.open("/account")).path).toBe("/account");
  });

  it("signs out", async () => {
    expect((await ada.submit("/auth/sign-out", { returnTo: "/" })).path).toBe("/");
    expect((await ada.open("/account")).path).toMatch(/^\/sign-in\?/);
  });
});
