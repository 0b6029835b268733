"use client";

import { type KeyboardEvent, type ReactElement, type ReactNode, useId, useRef, useState } from "react";
import { useClient } from "../context.ts";
import { useSession } from "../use-session.ts";
import { focus, holds } from "./dom.ts";
import { nameOf, problemText } from "./problem-text.ts";
import { useSettings } from "./settings.tsx";
import { type PartProps, slotsOf } from "./slots.ts";
import { fill, type Texts } from "./texts.ts";

/** What {@link UserButton} takes. */
export interface UserButtonProps extends PartProps {
  /** Where one signs in. Without it nothing is shown to those who are not signed in. */
  readonly signInHref?: string;
  /** Links of the app, above "Sign out". */
  readonly children?: ReactNode;
  /** Called after signing out. */
  readonly onSignedOut?: () => void;
}

/** Who is signed in; opens to what there is to do about it. To others a link to sign in. */
export function UserButton(props: UserButtonProps): ReactElement | null {
  const { classes, texts: own, signInHref } = props;
  const { status, user } = useSession();
  const { texts } = useSettings(own);
  if (status === "signed-in") return <UserMenu {...props} user={user} />;
  if (status === "pending" || signInHref === undefined) return null;
  return (
    <div data-sojourn="user-button" {...slotsOf(classes)("root")}>
      <a href={signInHref} {...slotsOf(classes)("sign-in")}>
        {texts.signIn}
      </a>
    </div>
  );
}

function useSigningOut(texts: Texts, onSignedOut: UserButtonProps["onSignedOut"]) {
  const client = useClient();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const signOut = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    const result = await client.signOut();
    setBusy(false);
    if (result.ok) onSignedOut?.();
    else setProblem(problemText(result.error, texts));
  };
  return { isBusy, problem, signOut };
}

function UserMenu(props: UserButtonProps & { readonly user: object }): ReactElement {
  const { classes, texts: own, children, onSignedOut, user } = props;
  const { texts } = useSettings(own);
  const { isBusy, problem, signOut } = useSigningOut(texts, onSignedOut);
  const [isOpen, setOpen] = useState(false);
  const button = useRef(null);
  const id = useId();
  const slot = slotsOf(classes);
  const name = nameOf(user);
  const { email } = user as { readonly email?: unknown };

  const close = ({ key }: KeyboardEvent): void => {
    if (key !== "Escape" || !isOpen) return;
    setOpen(false);
    focus(button.current);
  };
  return (
    <div
      data-sojourn="user-button"
      {...slot("root")}
      onKeyDown={close}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!holds(currentTarget, relatedTarget)) setOpen(false);
      }}
    >
      <button
        type="button"
        ref={button}
        aria-expanded={isOpen}
        aria-controls={id}
        aria-label={fill(texts.account, { name })}
        onClick={() => setOpen(!isOpen)}
        {...slot("button")}
      >
        <span aria-hidden="true" data-initial={[...name][0]?.toLocaleUpperCase()} {...slot("avatar")} />
        <span {...slot("name")}>{name}</span>
      </button>
      <div id={id} hidden={!isOpen} tabIndex={-1} {...slot("menu")}>
        <p {...slot("menu-name")}>{name}</p>
        {typeof email === "string" && email !== name && <p {...slot("menu-email")}>{email}</p>}
        {children}
        <button type="button" onClick={() => void signOut()} aria-disabled={isBusy} {...slot("sign-out")}>
          {isBusy ? texts.signingOut : texts.signOut}
        </button>
        <p role="status" {...slot("problem")}>
          {problem}
        </p>
      </div>
    </div>
  );
}
