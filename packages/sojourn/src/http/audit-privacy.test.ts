import { expect, it } from "vitest";
import { ada, createSite } from "./http-test-kit.fixture.ts";
import { chrome, firefox, visitor } from "./visitor.fixture.ts";

const safari = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const agents = {
  Firefox: firefox,
  Chrome: chrome,
  iPhone: `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${safari}`,
  iPad: `Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) ${safari}`,
  curl: "curl/8.5.0",
  nothing: "",
};

it.each(Object.entries(agents))(
  "keeps the device of events and sessions alike where no user agent is kept: %s",
  async (_, userAgent) => {
    const site = createSite("stateful", { audit: true, privacy: { userAgent: "device" } });
    const browser = visitor(site, { userAgent });
    await browser.post("/sign-up/password", ada);
    const device = (await browser.get("/sessions")).body.sessions[0]?.device;
    const page = await site.auth.audit.list();
    expect(page.events.length).toBeGreaterThan(0);
    expect(page.events.map((event) => event.device)).toEqual(page.events.map(() => device));
    const activity = JSON.parse((await browser.get("/activity")).text) as typeof page;
    expect(activity.events.map((event) => event.device)).toEqual(page.events.map(() => device));
  },
);
