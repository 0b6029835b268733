/** A session as the account page shows it. */
export interface ListedSession {
  readonly sid: string;
  readonly device: { readonly name: string } | null;
  readonly current: boolean;
}

/** Anybody's first page. @param email whose it is, or null. */
export function homePage(email: string | null): string {
  return page(
    "Home",
    email === null
      ? `<p>You are not signed in.</p><p><a href="/account">Your account</a> asks you to.</p>`
      : `<p>Hello, ${escaped(email)}.</p><p><a href="/account">Your account</a></p>`,
  );
}

/** Signs in and up by plain forms: no script is needed. @param returnTo where to go then; Sojourn sees to it that it is on this site. */
export function signInPage(returnTo: string): string {
  const form = (route: string, label: string): string => `
    <form method="post" action="/auth/${route}/password">
      <input type="hidden" name="returnTo" value="${escaped(returnTo)}">
      <label>E-mail <input name="email" type="email" autocomplete="username" required></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
      <button>${label}</button>
    </form>`;
  return page(
    "Sign in",
    `${form("sign-in", "Sign in")}<h2>No account yet?</h2>${form("sign-up", "Sign up")}`,
  );
}

/** For whoever is signed in: where they are, and the way out. */
export function accountPage(email: string | null, sessions: readonly ListedSession[]): string {
  const rows = sessions.map(
    ({ sid, device, current }) => `
      <li>${escaped(device?.name ?? "Unknown device")}${current ? " (this one)" : ""}
        <form method="post" action="/account/sign-out-device">
          <input type="hidden" name="sid" value="${escaped(sid)}"><button>Sign out</button>
        </form>
      </li>`,
  );
  return page(
    "Your account",
    `<p>You are ${escaped(email ?? "somebody without an address")}.</p><ul>${rows.join("")}</ul>
    <form method="post" action="/auth/sign-out"><button>Sign out here</button></form>`,
  );
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en" data-rendered>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>${title}</title>
  <link rel="icon" href="data:,">
  <style>
    :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
    body { max-width: 34rem; margin: 4rem auto; padding: 0 1rem }
    label { display: block; margin: .75rem 0 }
    input { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .4rem }
    button { font: inherit; padding: .4rem .8rem }
  </style>
  <main><h1>${title}</h1>${content}</main>
</html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
