"use client";

import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import type { SessionReply } from "sojourn/client";
import { SessionProvider } from "sojourn/react";
import { ExpiryDialog, UserButton } from "sojourn/react/parts";
import { client } from "../../lib/client";

interface Props {
  readonly initial: SessionReply | null | undefined;
  readonly children: ReactNode;
}

/** Tells everything below who is signed in, beginning with what the server knew. */
export function Session({ initial, children }: Props) {
  const router = useRouter();
  return (
    <SessionProvider client={client} initial={initial} onExpired={() => router.refresh()}>
      <UserButton signInHref="/sign-in" />
      <ExpiryDialog />
      {children}
    </SessionProvider>
  );
}
