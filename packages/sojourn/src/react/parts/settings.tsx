"use client";

import { createContext, type ReactElement, type ReactNode, useContext, useMemo } from "react";
import { englishTexts, type Texts } from "./texts.ts";

/** What holds for all parts below. */
export interface PartsSettings {
  readonly texts: Texts;
  /** For times and numbers, as BCP 47 has it. Default `en`. */
  readonly locale: string;
}

const SettingsContext = createContext<PartsSettings>({ texts: englishTexts, locale: "en" });

/** What {@link PartsProvider} takes. */
export interface PartsProviderProps {
  /** Those that are not English. */
  readonly texts?: Partial<Texts>;
  readonly locale?: string;
  readonly children?: ReactNode;
}

/** Has the parts below speak another language, or say something else. */
export function PartsProvider({ texts, locale, children }: PartsProviderProps): ReactElement {
  const above = useContext(SettingsContext);
  const value = useMemo(
    () => ({ texts: { ...above.texts, ...texts }, locale: locale ?? above.locale }),
    [above, texts, locale],
  );
  return <SettingsContext.Provider value={value}>{children}</SettingsContext.Provider>;
}

/** The settings for a part. @param own its own texts. */
export function useSettings(own: Partial<Texts> | undefined): PartsSettings {
  const { texts, locale } = useContext(SettingsContext);
  return useMemo(() => ({ texts: own ? { ...texts, ...own } : texts, locale }), [own, texts, locale]);
}
