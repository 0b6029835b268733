"use client";

import type { ReactElement } from "react";
import { Dialog } from "./dialog.tsx";
import { valueOf } from "./dom.ts";
import { Field } from "./field.tsx";
import type { SlotAttributes } from "./slots.ts";
import { fill, type Texts } from "./texts.ts";
import type { Ending, Step } from "./use-ending.ts";

interface EndingDialogsProps {
  readonly ending: Ending;
  readonly texts: Texts;
  readonly slot: (name: string) => SlotAttributes;
}

/** Asks whether to end a session, and for the password where the server wants it. */
export function EndingDialogs({ ending, texts, slot }: EndingDialogsProps): ReactElement {
  const { step, cancel } = ending;
  return (
    <>
      <Dialog
        isOpen={step.name === "confirm"}
        part="confirm-dialog"
        isAlert
        title={confirmTitle(step, texts)}
        slot={slot}
        onCancel={cancel}
      >
        {step.name === "confirm" && (
          <>
            <p {...slot("dialog-text")}>
              {step.target === "others" ? texts.confirmOthersHint : texts.confirmOneHint}
            </p>
            <div {...slot("actions")}>
              <button type="button" onClick={ending.confirm} {...slot("danger")}>
                {texts.signOut}
              </button>
              <button type="button" onClick={cancel} {...slot("secondary")}>
                {texts.cancel}
              </button>
            </div>
          </>
        )}
      </Dialog>
      <Dialog
        isOpen={step.name === "prove"}
        part="prove-dialog"
        title={texts.proveTitle}
        slot={slot}
        onCancel={cancel}
      >
        {step.name === "prove" && <Proof {...{ step, ending, texts, slot }} />}
      </Dialog>
    </>
  );
}

function Proof(
  props: EndingDialogsProps & { readonly step: Extract<Step, { name: "prove" }> },
): ReactElement {
  const { step, ending, texts, slot } = props;
  const methods = step.challenge?.methods ?? [];
  const elsewhere = methods.filter(({ how }) => how === "redirect");
  const byPassword = elsewhere.length < methods.length || methods.length === 0;
  return (
    <form
      method="dialog"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        ending.prove(valueOf(event.currentTarget, "password"));
      }}
      {...slot("proof")}
    >
      {byPassword && (
        <>
          <p {...slot("dialog-text")}>{texts.proveHint}</p>
          <Field
            name="password"
            type="password"
            label={texts.password}
            complete="current-password"
            fault={step.fault}
            slot={slot}
          />
          <p role="alert" {...slot("aloud")}>
            {step.fault}
          </p>
        </>
      )}
      <div {...slot("actions")}>
        {byPassword && (
          <button type="submit" {...slot("primary")}>
            {texts.confirm}
          </button>
        )}
        {elsewhere.map(({ method, url }) => (
          <a key={method} href={url} {...slot("primary")}>
            {fill(texts.proveElsewhere, { method })}
          </a>
        ))}
        <button type="button" onClick={ending.cancel} {...slot("secondary")}>
          {texts.cancel}
        </button>
      </div>
    </form>
  );
}

function confirmTitle(step: Step, texts: Texts): string {
  if (step.name !== "confirm") return "";
  return step.target === "others"
    ? texts.confirmOthers
    : fill(texts.confirmOne, { device: step.target.device.name });
}
