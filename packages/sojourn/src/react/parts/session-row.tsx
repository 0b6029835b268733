"use client";

import type { ReactElement, ReactNode } from "react";
import type { SessionListEntry } from "../../client/index.ts";
import { DeviceIcon } from "./icons.tsx";
import { placeText } from "./place-text.ts";
import type { PartsSettings } from "./settings.tsx";
import type { SlotAttributes } from "./slots.ts";
import { fill } from "./texts.ts";
import { moment, timeAgo } from "./time-text.ts";

interface SessionRowProps {
  readonly entry: SessionListEntry;
  readonly isEnding: boolean;
  /** The server's time, in ms. */
  readonly now: number;
  readonly place: ((entry: SessionListEntry) => ReactNode) | undefined;
  readonly settings: PartsSettings;
  readonly slot: (name: string) => SlotAttributes;
  readonly onEnd: () => void;
}

/** One session of the list. What a device calls itself is text and nothing more. */
export function SessionRow(props: SessionRowProps): ReactElement {
  const { entry, isEnding, now, place, settings, slot, onEnd } = props;
  const { texts, locale } = settings;
  const { current, device, ip, lastSeenAt, sid } = entry;
  const ago = timeAgo(Date.parse(lastSeenAt), now, locale);
  const where = place === undefined ? (placeText(entry.place, locale) ?? ip) : place(entry);
  return (
    <li {...slot("row")} data-sid={sid} data-current={current || undefined} aria-busy={isEnding}>
      <DeviceIcon type={device.type} slot={slot("icon")} />
      <div {...slot("about")}>
        <p {...slot("device")}>
          <span {...slot("device-name")}>{device.name}</span>{" "}
          {current && <span {...slot("badge")}>{texts.thisDevice}</span>}
        </p>
        <p {...slot("details")}>
          {where !== null && where !== undefined && (
            <>
              <span {...slot("place")}>{where}</span>
              <span aria-hidden="true"> • </span>
            </>
          )}
          <time dateTime={lastSeenAt} title={moment(lastSeenAt, locale)} {...slot("time")}>
            {ago === null ? texts.activeNow : fill(texts.lastActive, { when: ago })}
          </time>
        </p>
      </div>
      {!current && (
        <button
          type="button"
          aria-label={fill(texts.endOne, { device: device.name })}
          aria-disabled={isEnding}
          onClick={() => !isEnding && onEnd()}
          {...slot("end")}
        >
          {isEnding && <span aria-hidden="true" {...slot("spinner")} />}
          {texts.signOut}
        </button>
      )}
    </li>
  );
}
