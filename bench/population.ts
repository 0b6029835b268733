import type { StoredUser } from "sojourn";

/** The secret of every bench; it guards nothing. */
export const secret = "Ux2M9v0q1s4cJr7T8bYw6ZkE3nHdLfPgAaKiOeQyRtS";

/** Over HTTPS, as in production: the cookie has its long name and prefix. */
export const baseURL = "https://app.example.com";
export const cookieName = "__Host-Http-sojourn";

/** Somebody of the kind that apps have. */
export function makeUser(index: number): StoredUser {
  const number = String(index).padStart(6, "0");
  return {
    id: `user_${number}`,
    email: `person.${number}@example.com`,
    emailVerified: true,
    name: `Person ${number}`,
    role: index % 50 === 0 ? "admin" : "member",
    status: "active",
    createdAt: "2026-01-01T00:00:00.000Z",
  };
}

/** The Cookie header of a browser that also holds what sites put there besides. */
export function cookieHeader(setCookies: readonly string[]): string {
  const own = setCookies.map((cookie) => cookie.slice(0, cookie.indexOf(";")));
  return ["theme=dark", "_ga=GA1.1.1193840211.1761000000", ...own, "locale=en"].join("; ");
}

/** The value of the session cookie among Set-Cookie values. */
export function tokenOf(setCookies: readonly string[]): string {
  const cookie = setCookies.find((one) => one.startsWith(`${cookieName}=`)) ?? "";
  return cookie.slice(cookieName.length + 1, cookie.indexOf(";"));
}

/** Numbers from 0 to `below`, in an order that every run repeats (mulberry32). */
export function picks(count: number, below: number, seed: number): Uint32Array {
  let state = seed;
  return Uint32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  });
}
