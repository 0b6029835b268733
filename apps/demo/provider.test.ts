import { describe, expect, it } from "vitest";
import { providerFrom } from "./provider.ts";

const named = { OIDC_ISSUER: "https://login.acme.example", OIDC_CLIENT_ID: "demo" };

describe("the demo's provider", () => {
  it("is there if its surroundings name an issuer and a client", () => {
    expect(providerFrom({})).toBe(null);
    expect(providerFrom({ ...named, OIDC_CLIENT_ID: undefined })).toBe(null);
    expect(providerFrom({ ...named, OIDC_ISSUER: undefined })).toBe(null);
    expect(providerFrom(named)?.title).toBe("login.acme.example");
    expect(providerFrom({ ...named, OIDC_TITLE: "Acme" })?.title).toBe("Acme");
  });
});
