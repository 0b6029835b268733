"use client";

import { type ReactElement, useState } from "react";
import { useClient } from "../context.ts";
import { useSession } from "../use-session.ts";
import { nameOf, problemText } from "./problem-text.ts";
import { useSettings } from "./settings.tsx";
import { type PartProps, slotsOf } from "./slots.ts";
import { fill } from "./texts.ts";

/** What {@link ImpersonationBanner} takes. */
export interface ImpersonationBannerProps extends PartProps {
  /** Called when the page is the actor's own again. */
  readonly onStopped?: () => void;
}

/** Says as whom somebody acts, and leads back; nothing where nobody does. */
export function ImpersonationBanner(props: ImpersonationBannerProps): ReactElement | null {
  const { classes, texts: own, onStopped } = props;
  const { session, user } = useSession();
  const client = useClient();
  const { texts } = useSettings(own);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const slot = slotsOf(classes);
  if (!session?.actor || !user) return null;
  const stop = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    const result = await client.stopImpersonating();
    setBusy(false);
    setProblem(result.ok ? "" : problemText(result.error, texts));
    if (result.ok) onStopped?.();
  };
  return (
    <section
      data-sojourn="impersonation-banner"
      {...slot("root")}
      aria-label={fill(texts.actingAs, { name: nameOf(user) })}
    >
      <p {...slot("text")}>{fill(texts.actingAs, { name: nameOf(user) })}</p>
      <button type="button" onClick={() => void stop()} aria-disabled={isBusy} {...slot("secondary")}>
        {texts.stopActing}
      </button>
      <p role="status" {...slot("problem")}>
        {problem}
      </p>
    </section>
  );
}
