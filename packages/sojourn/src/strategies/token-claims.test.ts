import { describe, expect, it } from "vitest";
import { sampleSession } from "../testing/index.ts";
import {
  addedClaims,
  buildClaims,
  checkLength,
  factsFromClaims,
  mergeClaims,
  pickFields,
  type TokenSettings,
} from "./token-claims.ts";

const day = 86_400_000;
const policy = { idleTimeout: 7 * day, absoluteTimeout: 30 * day };
const settings: TokenSettings = {
  issuer: "https://a.test",
  audience: "https://a.test",
  clientId: "web",
  clockSkew: 30,
  fields: ["role"],
  maxLength: 100,
  addClaims: null,
};
const user = { id: "ada", role: "admin", email: "ada@example.com", status: "active" as const };

describe("the claims of a token", () => {
  const session = sampleSession({ userId: "ada" });
  const claims = buildClaims(session, user, settings, policy, 900_000, "jti-1", session.createdAt + 500);

  it("are those of RFC 9068, in whole seconds, with the chosen user fields only", () => {
    expect(claims).toMatchObject({
      iss: "https://a.test",
      aud: "https://a.test",
      sub: "ada",
      sid: session.sid,
      client_id: "web",
      jti: "jti-1",
    });
    expect(claims.exp - claims.iat).toBe(900);
    expect(claims.user).toEqual({ id: "ada", role: "admin" });
    expect(JSON.stringify(claims)).not.toContain("example.com");
  });

  it("never outlive the session", () => {
    const late = session.createdAt + 30 * day - 60_000;
    const lateClaims = buildClaims(
      { ...session, lastSeenAt: late },
      user,
      settings,
      policy,
      900_000,
      "jti-2",
      late,
    );
    expect(lateClaims.exp * 1000).toBe(session.expiresAt);
  });

  it("say enough to show the session without the store", () => {
    expect(factsFromClaims(claims)).toMatchObject({
      sid: session.sid,
      userId: "ada",
      createdAt: session.createdAt,
      expiresAt: session.expiresAt,
      idleTimeout: session.idleTimeout,
      endReason: null,
    });
  });

  it("take the app's claims, but none in the place of ours", () => {
    const merged = mergeClaims(claims, { tier: "pro", permissions: ["read"] });
    expect(addedClaims(merged)).toEqual({ tier: "pro", permissions: ["read"] });
    expect(() => mergeClaims(claims, { sub: "eve" })).toThrow(/"sub"/);
    expect(mergeClaims(claims, { ...claims, tier: "pro" }).sub).toBe("ada");
  });

  it("may be shortened by the app, never lengthened", () => {
    expect(mergeClaims(claims, { exp: claims.exp - 60 }).exp).toBe(claims.exp - 60);
    expect(mergeClaims(claims, { exp: claims.exp + 60 }).exp).toBe(claims.exp);
    expect(mergeClaims(claims, { exp: Number.POSITIVE_INFINITY }).exp).toBe(claims.exp);
    expect(mergeClaims(claims, { exp: "never" }).exp).toBe(claims.exp);
  });

  it("do not let a name reach into prototypes", () => {
    const hostile = mergeClaims(
      claims,
      JSON.parse('{"__proto__": {"admin": true}}') as Record<string, unknown>,
    );
    expect(addedClaims(hostile)).toEqual({});
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect(Object.hasOwn(pickFields(user, ["__proto__", "constructor", "toString"]), "constructor")).toBe(
      false,
    );
  });

  it("are refused where the token gets too long, with what to do", () => {
    expect(() => checkLength("x".repeat(101), "session", settings)).toThrow(/jwt.fields/);
  });
});
