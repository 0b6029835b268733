"use client";

import { type ReactElement, type ReactNode, useEffect, useState } from "react";
import type { ClientError, Live } from "../../client/index.ts";
import { useClient } from "../context.ts";
import { Field } from "./field.tsx";
import { focusField, isTicked, valueOf } from "./dom.ts";
import { problemText } from "./problem-text.ts";
import { useSettings } from "./settings.tsx";
import { type PartProps, slotsOf } from "./slots.ts";
import type { Texts } from "./texts.ts";

/** What {@link SignInForm} takes. */
export interface SignInFormProps extends PartProps {
  /** Where the browser goes once signed in: a path of this site. A page without its scripts goes there as well. */
  readonly returnTo?: string;
  /** Where a page without its scripts sends the form. Default `/auth/sign-in/password`. */
  readonly action?: string;
  /** Called once signed in. The browser stays where it is then, so that the app can show what comes next. */
  readonly onSignedIn?: (live: Live) => void;
  /** Whether to offer staying signed in after the browser closes. Default true. */
  readonly remember?: boolean;
  /** Below the form: other ways to sign in, or a link for those who have no account. */
  readonly children?: ReactNode;
}

type Fault = Partial<Record<"email" | "password" | "form", string>>;

/** A form that was sent. */
interface Sent {
  preventDefault(): void;
  readonly currentTarget: unknown;
}

/** Sends the form by script, and finds out what is wrong with it. */
function useSignIn({ returnTo, onSignedIn }: SignInFormProps, texts: Texts) {
  const client = useClient();
  const [faults, setFaults] = useState<Fault>({});
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: Sent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    const form = event.currentTarget;
    const [email, password] = [valueOf(form, "email"), valueOf(form, "password")];
    const show = (found: Fault): void => {
      setFaults(found);
      if (found.email !== undefined) focusField(form, "email");
      else if (Object.keys(found).length > 0) focusField(form, "password");
    };
    const missing = faultsOf(email, password, texts);
    show(missing);
    if (Object.keys(missing).length > 0) return;
    setBusy(true);
    const result = await client.signIn("password", { email, password, remember: isTicked(form, "remember") });
    setBusy(false);
    if (!result.ok) return show(faultsFrom(result.error, texts));
    if (onSignedIn) onSignedIn(result.data);
    else if (returnTo !== undefined) goTo(returnTo);
  };
  return { faults, isBusy, submit };
}

/**
 * Signing in with a password. Without its scripts, and before they have loaded, it is a plain form that the server takes
 * and answers with the page at `returnTo`.
 */
export function SignInForm(props: SignInFormProps): ReactElement {
  const { classes, returnTo, remember = true, action = "/auth/sign-in/password", children } = props;
  const { texts } = useSettings(props.texts);
  const { faults, isBusy, submit } = useSignIn(props, texts);
  // Until the scripts are there the browser itself says what is missing.
  const [isAlive, setAlive] = useState(false);
  useEffect(() => setAlive(true), []);
  const slot = slotsOf(classes);

  return (
    <form
      data-sojourn="sign-in-form"
      {...slot("root")}
      method="post"
      action={action}
      onSubmit={(event) => void submit(event)}
      noValidate={isAlive}
      aria-busy={isBusy}
      aria-label={texts.signIn}
    >
      <Field
        {...{ slot, name: "email", type: "email", label: texts.email, fault: faults.email }}
        complete="username"
      />
      <Field
        {...{ slot, name: "password", type: "password", label: texts.password, fault: faults.password }}
        complete="current-password"
      />
      {remember && (
        <label {...slot("remember")}>
          <input type="checkbox" name="remember" /> <span>{texts.remember}</span>
        </label>
      )}
      {returnTo !== undefined && <input type="hidden" name="returnTo" value={returnTo} />}
      <p role="alert" {...slot("problem")}>
        {faults.form}
      </p>
      <button type="submit" aria-disabled={isBusy} {...slot("primary")}>
        {isBusy ? texts.signingIn : texts.signIn}
      </button>
      {children}
    </form>
  );
}

function faultsOf(email: string, password: string, texts: Texts): Fault {
  return {
    ...(email === "" && { email: texts.emailMissing }),
    ...(password === "" && { password: texts.passwordMissing }),
  };
}

function faultsFrom(error: ClientError, texts: Texts): Fault {
  if (error.code === "invalid_credentials") return { password: texts.wrongPassword };
  const issues = error.issues?.filter(({ path }) => path === "email" || path === "password") ?? [];
  if (issues.length > 0) return Object.fromEntries(issues.map(({ path, message }) => [path, message]));
  return { form: problemText(error, texts) };
}

function goTo(path: string): void {
  const { location } = globalThis as unknown as {
    readonly location: { readonly href: string; assign(url: URL): void };
  };
  const target = new URL(path, location.href);
  // Not to another site, whatever somebody put into a link to this page.
  if (target.origin === new URL(location.href).origin) location.assign(target);
}
