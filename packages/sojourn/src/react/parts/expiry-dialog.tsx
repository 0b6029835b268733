"use client";

import { type ReactElement, type ReactNode, useState } from "react";
import type { ExpiryOptions, ExpiryState } from "../../client/expiry.ts";
import type { EndReason } from "../../client/index.ts";
import { useClient } from "../context.ts";
import { Dialog } from "./dialog.tsx";
import { type PartsSettings, useSettings } from "./settings.tsx";
import { type PartProps, type SlotAttributes, slotsOf } from "./slots.ts";
import { fill, type Texts } from "./texts.ts";
import { countdown } from "./time-text.ts";
import { useExpiry } from "./use-expiry.ts";

/** What {@link ExpiryDialog} takes. */
export interface ExpiryDialogProps extends PartProps, ExpiryOptions {
  /** Where one signs in again. Without it the dialog that says that the session is over only closes. */
  readonly signInHref?: string;
}

/** Warns before the session ends, lets the user stay, and says so when it is over. Once in a page is enough. */
export function ExpiryDialog({
  signInHref,
  classes,
  texts: own,
  ...options
}: ExpiryDialogProps): ReactElement {
  const { expiry, stay } = useExpiry(options);
  const settings = useSettings(own);
  const [dismissed, setDismissed] = useState<ExpiryState["status"] | null>(null);
  const [held, setHeld] = useState<ExpiryState | null>(null);
  const { signOut } = useClient() as unknown as { signOut(): Promise<unknown> };
  // Pressing a button is something done and may end the warning at once. The button has to stay until it is let go.
  const shown = held ?? expiry;
  if (dismissed !== null && dismissed !== expiry.status && expiry.status !== "none") setDismissed(null);
  const isOpen = (shown.status === "warning" || shown.status === "over") && dismissed !== shown.status;
  const close = (): void => setDismissed(shown.status);
  const slot = slotsOf(classes);

  return (
    <div
      data-sojourn="expiry"
      {...slot("root")}
      onPointerDown={() => isOpen && setHeld(shown)}
      onPointerCancel={() => setHeld(null)}
      onPointerLeave={() => setHeld(null)}
      onKeyDown={({ key }) => isOpen && key === " " && setHeld(shown)}
      onBlur={() => setHeld(null)}
      onClick={() => setHeld(null)}
    >
      <Dialog
        isOpen={isOpen}
        part="expiry-dialog"
        isAlert
        title={titleOf(shown, settings.texts)}
        slot={slot}
        onCancel={shown.status === "warning" && shown.canStay ? stay : close}
      >
        {shown.status === "warning" && (
          <Warning {...{ warning: shown, settings, slot, stay, close }} signOut={() => void signOut()} />
        )}
        {shown.status === "over" && (
          <>
            <p {...slot("dialog-text")}>{reasonText(shown.reason, settings.texts)}</p>
            <div {...slot("actions")}>
              {signInHref !== undefined && (
                <a href={signInHref} {...slot("primary")}>
                  {settings.texts.signInAgain}
                </a>
              )}
              <button type="button" onClick={close} {...slot("secondary")}>
                {settings.texts.close}
              </button>
            </div>
          </>
        )}
      </Dialog>
    </div>
  );
}

function Warning(props: {
  readonly warning: Extract<ExpiryState, { status: "warning" }>;
  readonly settings: PartsSettings;
  readonly slot: (name: string) => SlotAttributes;
  readonly stay: () => void;
  readonly close: () => void;
  readonly signOut: () => void;
}): ReactNode {
  const { warning, settings, slot, stay, close, signOut } = props;
  const { texts, locale } = settings;
  const { canStay, endsAt, secondsLeft } = warning;
  const [before = "", after = ""] = (canStay ? texts.expiryText : texts.absoluteText).split("{time}");
  return (
    <>
      <p {...slot("dialog-text")}>
        {before}
        <time role="timer" dateTime={endsAt} {...slot("countdown")}>
          {countdown(secondsLeft, locale)}
        </time>
        {after}
      </p>
      <div {...slot("actions")}>
        <button type="button" onClick={canStay ? stay : close} {...slot("primary")}>
          {canStay ? texts.stay : texts.understood}
        </button>
        <button type="button" onClick={signOut} {...slot("secondary")}>
          {texts.signOut}
        </button>
      </div>
    </>
  );
}

function titleOf(state: ExpiryState, texts: Texts): string {
  if (state.status === "over") return fill(texts.overTitle, {});
  return state.status === "warning" && !state.canStay ? texts.absoluteTitle : texts.expiryTitle;
}

function reasonText(reason: EndReason | null, texts: Texts): string {
  if (reason === "idle") return texts.overIdle;
  return reason === "expired" ? texts.overExpired : texts.overElsewhere;
}
