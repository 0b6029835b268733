"use client";

import { type ReactElement, type ReactNode, useState } from "react";
import type { ExpiryOptions, ExpiryState } from "../../client/expiry.ts";
import type { EndReason } from "../../client/index.ts";
import { useClient } from "../context.ts";
import { Dialog } from "./dialog.tsx";
import { type PartsSettings, useSettings } from "./settings.tsx";
import { type PartProps, type SlotAttributes, slotsOf } from "./slots.ts";
import type { Texts } from "./texts.ts";
import { countdown } from "./time-text.ts";
import { useExpiry } from "./use-expiry.ts";

/** What {@link ExpiryDialog} takes. */
export interface ExpiryDialogProps extends PartProps, ExpiryOptions {
  /** Where one signs in again. Without it the dialog that says that the session is over only closes. */
  readonly signInHref?: string;
}

/** Warns before the session ends, lets the user stay, and says so when it is over. Once in a page is enough. */
export function ExpiryDialog(props: ExpiryDialogProps): ReactElement {
  const { signInHref, classes, texts, ...options } = props;
  const { expiry, stay } = useExpiry(options);
  const settings = useSettings(texts);
  const client = useClient();
  const [dismissed, setDismissed] = useState<ExpiryState["status"] | null>(null);
  const { shown, handlers } = useHeld(expiry);
  if (dismissed !== null && dismissed !== expiry.status && expiry.status !== "none") setDismissed(null);
  const isOpen = (shown.status === "warning" || shown.status === "over") && dismissed !== shown.status;
  const close = (): void => setDismissed(shown.status);
  const slot = slotsOf(classes);

  return (
    <div data-sojourn="expiry" {...slot("root")} {...handlers}>
      <Dialog
        isOpen={isOpen}
        part="expiry-dialog"
        isAlert
        title={titleOf(shown, settings.texts)}
        slot={slot}
        onCancel={shown.status === "warning" && shown.canStay ? stay : close}
      >
        {shown.status === "warning" && (
          <Warning
            {...{ warning: shown, settings, slot, stay, close }}
            signOut={() => void client.signOut()}
          />
        )}
        {shown.status === "over" && (
          <Over {...{ reason: shown.reason, signInHref, texts: settings.texts, slot, close }} />
        )}
      </Dialog>
    </div>
  );
}

/**
 * Pressing a button is something done, and may end the warning at once. What the button stands on has to stay until the
 * button is let go, or it would do nothing.
 */
function useHeld(expiry: ExpiryState) {
  const [held, setHeld] = useState<ExpiryState | null>(null);
  const hold = (): void => setHeld((before) => before ?? expiry);
  const release = (): void => setHeld(null);
  const handlers = {
    onPointerDown: hold,
    onKeyDown: ({ key }: { readonly key: string }) => key === " " && hold(),
    onPointerCancel: release,
    onPointerLeave: release,
    onClick: release,
  };
  return { shown: held ?? expiry, handlers };
}

function Over(props: {
  readonly reason: EndReason | null;
  readonly signInHref: string | undefined;
  readonly texts: Texts;
  readonly slot: (name: string) => SlotAttributes;
  readonly close: () => void;
}): ReactElement {
  const { reason, signInHref, texts, slot, close } = props;
  return (
    <>
      <p {...slot("dialog-text")}>{reasonText(reason, texts)}</p>
      <div {...slot("actions")}>
        {signInHref !== undefined && (
          <a href={signInHref} {...slot("primary")}>
            {texts.signInAgain}
          </a>
        )}
        <button type="button" onClick={close} {...slot("secondary")}>
          {texts.close}
        </button>
      </div>
    </>
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
  if (state.status === "over") return texts.overTitle;
  return state.status === "warning" && !state.canStay ? texts.absoluteTitle : texts.expiryTitle;
}

function reasonText(reason: EndReason | null, texts: Texts): string {
  if (reason === "idle") return texts.overIdle;
  return reason === "expired" ? texts.overExpired : texts.overElsewhere;
}
