import { createAuth } from "sojourn";
import { memory } from "sojourn/memory";
import { toNext } from "sojourn/next";
import { password } from "sojourn/password";
import { contractSite } from "sojourn/testing";

const make = () =>
  contractSite((parts) =>
    createAuth({
      ...parts.options,
      baseURL: process.env["APP_URL"] ?? "http://localhost",
      store: parts.store(memory()),
      login: [password({ hasher: parts.hasher })],
    }),
  );

/** Next.js loads this file once for each part of the app; they share a process, and here also its memory. */
const shared = globalThis as { contractAuth?: ReturnType<typeof make> };
export const auth = (shared.contractAuth ??= make());
export const { protect, route, requireSession, signIn, signOut } = toNext(auth);
