"use client";

import { useCallback, useState } from "react";
import type { ClientError, Result, SessionListEntry } from "../../client/index.ts";
import { useClient } from "../context.ts";
import { useSessions, type UseSessions } from "../use-sessions.ts";
import { problemText } from "./problem-text.ts";
import { fill, type Texts } from "./texts.ts";

/** What is to be ended: one session, or all but this. */
export type Target = SessionListEntry | "others";

/** Where the user is on the way to ending a session. */
export type Step =
  | { readonly name: "none" }
  | { readonly name: "confirm"; readonly target: Target }
  /** The server wants a recent proof of who is there first. */
  | {
      readonly name: "prove";
      readonly target: Target;
      readonly challenge: ClientError["challenge"];
      readonly fault?: string;
    };

/** What {@link useEnding} returns. */
export interface Ending extends UseSessions {
  readonly step: Step;
  /** What has come of the last act, to be read aloud. */
  readonly said: string;
  readonly ask: (target: Target) => void;
  readonly cancel: () => void;
  /** Yes, end it. */
  readonly confirm: () => void;
  readonly prove: (password: string) => void;
}

/**
 * Ending sessions: asks first, proves who is there where the server wants that, and says what came of it. Nothing is shown as
 * ended before the server has said so.
 *
 * @param onEnded called once that is done.
 */
export function useEnding(texts: Texts, onEnded: () => void): Ending {
  const client = useClient();
  const list = useSessions();
  const [step, setStep] = useState<Step>({ name: "none" });
  const [said, setSaid] = useState("");

  const end = async (target: Target): Promise<void> => {
    setStep({ name: "none" });
    const device = target === "others" ? "" : target.device.name;
    setSaid(target === "others" ? texts.loading : fill(texts.ending, { device }));
    const result: Result<unknown> =
      target === "others" ? await list.revokeOthers() : await list.revoke(target.sid);
    if (result.error?.code === "step_up_required") {
      setSaid("");
      return setStep({ name: "prove", target, challenge: result.error.challenge });
    }
    // Somebody else was faster: it is over all the same.
    const isEnded = result.ok || result.error.status === 404;
    if (!isEnded) return setSaid(problemText(result.error, texts));
    setSaid(target === "others" ? texts.endedOthers : fill(texts.endedOne, { device }));
    onEnded();
  };
  const prove = async (password: string): Promise<void> => {
    if (step.name !== "prove") return;
    const result = await client.stepUp({ password });
    if (result.ok) return end(step.target);
    const isWrong = result.error.code === "invalid_credentials" || result.error.code === "invalid_input";
    setStep({ ...step, fault: isWrong ? texts.wrongProof : problemText(result.error, texts) });
  };
  return {
    ...list,
    step,
    said,
    ask: (target) => setStep({ name: "confirm", target }),
    cancel: useCallback(() => setStep({ name: "none" }), []),
    confirm: () => step.name === "confirm" && void end(step.target),
    prove: (password) => void prove(password),
  };
}
