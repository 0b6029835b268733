import type { RouteName } from "../contract/routes.ts";
import { ada } from "./http-test-kit.fixture.ts";

/** A field of a route's input that names where a browser goes next. */
export interface RedirectParameter {
  readonly route: RouteName;
  readonly field: string;
  /** The path, and what else the route wants to be told before it sends anybody on. */
  readonly path: string;
  readonly input: (attempt: number) => Readonly<Record<string, string>>;
  /** The ways in which a value can reach the route. */
  readonly ways: readonly RedirectWay[];
}

/** How a value is sent. Where a route does not look, it must have no effect. */
export type RedirectWay = "json" | "form" | "query" | "form and query" | "link";

const { email, password } = ada;
const posted = ["json", "form", "query", "form and query"] as const;

/**
 * Every parameter that names a target. A new one belongs here: then it is tried with every hostile spelling, and until
 * then a test fails.
 */
export const redirectParameters: readonly RedirectParameter[] = [
  ...["/sign-in/password", "/password/login"].map((path) => ({
    route: "signIn" as const,
    field: "returnTo",
    path,
    input: () => ({ email, password }),
    ways: posted,
  })),
  {
    route: "signUp",
    field: "returnTo",
    path: "/sign-up/password",
    input: (attempt) => ({ email: `user-${attempt}@example.com`, password }),
    ways: posted,
  },
  {
    route: "signInExternally",
    field: "returnTo",
    path: "/sign-in/external/own",
    input: () => ({ email }),
    ways: ["query", "form and query"],
  },
  {
    route: "signInAnonymously",
    field: "returnTo",
    path: "/sign-in/anonymous",
    input: () => ({}),
    ways: posted,
  },
  ...["/sign-out", "/logout"].map((path) => ({
    route: "signOut" as const,
    field: "returnTo",
    path,
    input: () => ({}),
    ways: posted,
  })),
  { route: "startSignIn", field: "returnTo", path: "/sign-in/acme", input: () => ({}), ways: ["link"] },
  { route: "linkIdentity", field: "returnTo", path: "/link/acme", input: () => ({}), ways: posted },
];

const words = new Set(
  `back callback continue dest destination forward go goto href landing link location next page redirect return
   target then to uri url`.split(/\s+/),
);

/** Whether a field is called as if it named a target. */
export function looksLikeTarget(field: string): boolean {
  return field.split(/(?=[A-Z])|[_-]/).some((word) => words.has(word.toLowerCase()) || /ur[il]$/i.test(word));
}
