import { type ReactElement, useState } from "react";
import type { createClient, Duration, EndReason, SessionReply } from "sojourn/client";
import { LoadingGate, SessionProvider, SignedIn, SignedOut } from "sojourn/react";
import {
  ActiveSessions,
  ExpiryDialog,
  ImpersonationBanner,
  PartsProvider,
  SignInForm,
  UserButton,
} from "sojourn/react/parts";

/** What an address asks of the page. */
export interface Wishes {
  readonly idle: Duration | null;
  readonly warn: Duration | null;
  readonly theme: string | null;
  readonly locale: string | null;
}

/** What the page is made of. */
export interface AppProps {
  readonly client: ReturnType<typeof createClient>;
  readonly initial: SessionReply | null | undefined;
  readonly wishes: Wishes;
}

const german = { signOut: "Abmelden", sessionsTitle: "Wo Sie angemeldet sind", lastActive: "Aktiv {when}" };

/** A page with every part on it. */
export function App({ client, initial, wishes }: AppProps): ReactElement {
  const [over, setOver] = useState<EndReason | null>(null);
  const { idle, warn, theme, locale } = wishes;
  return (
    <SessionProvider client={client} initial={initial} onExpired={setOver}>
      <PartsProvider {...(locale === "de" && { locale, texts: german })}>
        <div data-theme={theme ?? undefined} className="page">
          <LoadingGate fallback={<p id="waiting">Loading…</p>}>
            <header>
              <strong>App</strong>
              <UserButton signInHref="/sign-in">
                <a href="/settings">Settings</a>
              </UserButton>
            </header>
            <ImpersonationBanner />
            <SignedIn>
              {({ user }) => (
                <main id="signed-in">
                  <h1>Hello, {(user as { name?: string }).name}</h1>
                  <ActiveSessions />
                </main>
              )}
            </SignedIn>
            <SignedOut>
              <main id="signed-out">
                <h1>Sign in</h1>
                <p id="over">{over}</p>
                <SignInForm returnTo="/welcome" onSignedIn={() => setOver(null)} />
              </main>
            </SignedOut>
            <ExpiryDialog
              signInHref="/sign-in"
              {...(idle !== null && { idleTimeout: idle })}
              {...(warn !== null && { warnBefore: warn })}
            />
          </LoadingGate>
        </div>
      </PartsProvider>
    </SessionProvider>
  );
}
