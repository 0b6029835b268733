"use client";

import { type ReactElement, type ReactNode, useEffect, useId, useRef, useState } from "react";
import type { SessionListEntry } from "../../client/index.ts";
import { every } from "../../client/timers.ts";
import { useClient } from "../context.ts";
import { EndingDialogs } from "./ending-dialogs.tsx";
import { focus } from "./dom.ts";
import { problemText } from "./problem-text.ts";
import { SessionRow } from "./session-row.tsx";
import { useSettings } from "./settings.tsx";
import { type PartProps, slotsOf } from "./slots.ts";
import { useEnding } from "./use-ending.ts";

/** What {@link ActiveSessions} takes. */
export interface ActiveSessionsProps extends PartProps {
  /** Where a session is, as it is shown. Default: the place that the server looked up, or else the IP address. */
  readonly place?: (entry: SessionListEntry) => ReactNode;
}

/** Where the user is signed in, and signing out there. */
export function ActiveSessions({ place, classes, texts: own }: ActiveSessionsProps): ReactElement {
  const settings = useSettings(own);
  const { texts } = settings;
  const heading = useRef(null);
  // The button that was pressed is gone with its row.
  const ending = useEnding(texts, () => focus(heading.current));
  const now = useNow();
  const id = useId();
  const slot = slotsOf(classes);
  const { sessions, error, isLoading } = ending;
  const hasOthers = sessions?.some(({ current }) => !current) ?? false;

  return (
    <section data-sojourn="active-sessions" {...slot("root")} aria-labelledby={id}>
      <h2 id={id} ref={heading} tabIndex={-1} {...slot("title")}>
        {texts.sessionsTitle}
      </h2>
      {sessions === null && isLoading && <p {...slot("loading")}>{texts.loading}</p>}
      {error !== null && (
        <div role="alert" {...slot("problem")}>
          <p>{problemText(error, texts)}</p>
          <button type="button" onClick={() => void ending.reload()} {...slot("secondary")}>
            {texts.retry}
          </button>
        </div>
      )}
      {sessions !== null && (
        // Safari takes a list without its dots for none, unless it is told.
        <ul role="list" {...slot("list")}>
          {sessions.map((entry) => (
            <SessionRow
              key={entry.sid}
              isEnding={ending.ending.includes(entry.sid)}
              onEnd={() => ending.ask(entry)}
              {...{ entry, now, place, settings, slot }}
            />
          ))}
        </ul>
      )}
      {hasOthers && (
        <button type="button" onClick={() => ending.ask("others")} {...slot("end-others")}>
          {texts.endOthers}
        </button>
      )}
      {sessions !== null && !hasOthers && <p {...slot("alone")}>{texts.noOthers}</p>}
      <p role="status" {...slot("toast")}>
        {ending.said}
      </p>
      <EndingDialogs {...{ ending, texts, slot }} />
    </section>
  );
}

/** The server's time, kept up by the minute. */
function useNow(): number {
  const client = useClient();
  const [now, setNow] = useState(() => client.now());
  useEffect(() => every(60_000, () => setNow(client.now())), [client]);
  return now;
}
