import type { BaseUser } from "../domain/principal.ts";
import type { LiveSession } from "../http/verbs.ts";
import { ownRequest } from "./next-own-request.ts";
import { type PageRequest, PageRequests } from "./next-page-request.ts";
import type { NextHost, PageOptions, ServerVerbs } from "./next-verbs.ts";
import { failureOf } from "./problem-failure.ts";
import { type AdapterAuth, RequestAuth } from "./request-auth.ts";

/** Makes the verbs. @param basePath of `next.config`, which Next.js itself puts before what it redirects to. */
export function serverVerbs<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
  host: NextHost,
  basePath: string,
): ServerVerbs<User, Extra> {
  const requests = new PageRequests(auth, host);
  const toRoute = (path: string): string =>
    path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : path;
  return {
    getSession: async () => (await requests.current()).reader.getSession(),
    async requireSession(options = {}) {
      const request = await requests.current();
      const key = JSON.stringify(options);
      const known =
        request.required.get(key) ?? insist(auth, request, options, (page) => host.redirect(toRoute(page)));
      request.required.set(key, known);
      return known;
    },
    snapshot: async () => (await requests.current()).reader.snapshot(),
    async signIn(principal, options) {
      const { source } = await requests.current();
      const written: string[] = [];
      const write = (cookies: readonly string[]): void => void written.push(...cookies);
      const issued = await new RequestAuth(auth, { source, peer: null, write }).signIn(principal, options);
      await requests.write(written);
      return issued;
    },
    async signOut(options) {
      const { source } = await requests.current();
      await requests.write((await auth.signOut(source, options)).cookies);
    },
    async revoke(sid, { csrfToken } = {}) {
      const { source } = await requests.current();
      const path = `${auth.basePath}/sessions/${encodeURIComponent(sid)}`;
      const response = await auth.handler(ownRequest(await host.headers(), source, path, csrfToken));
      await requests.write(response.headers.getSetCookie());
      if (!response.ok) throw await failureOf(response);
    },
  };
}

/** The session of a page that is for who is signed in; others are sent to sign in. */
async function insist<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
  { source }: PageRequest<User, Extra>,
  { returnTo, ...options }: PageOptions,
  redirect: (page: string) => never,
): Promise<LiveSession<User, Extra>> {
  const wanted = { ...source, url: returnTo ?? source.url };
  const guard = new RequestAuth(auth, { source: wanted, peer: null, write: null });
  const refused = await guard.protect(options);
  if (refused === null) return guard.live;
  const page = refused.headers.get("location");
  if (page === null) throw await failureOf(refused);
  return redirect(page);
}
