import type { ReactNode } from "react";
import { snapshot } from "../../lib/auth";
import { Session } from "./session";

/** The pages that know who is signed in. Asked here, and not in the root, public pages stay prerendered. */
export default async function AccountLayout({ children }: { readonly children: ReactNode }) {
  return <Session initial={await snapshot()}>{children}</Session>;
}
