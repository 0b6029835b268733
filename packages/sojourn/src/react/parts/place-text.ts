import type { SessionListEntry } from "../../client/index.ts";

/** Where a session began, as a person would say it: the city and the country; null where nobody knows. */
export function placeText(place: SessionListEntry["place"], locale: string | undefined): string | null {
  const { city, region, country } = place ?? {};
  const parts = [city ?? region, country && countryName(country, locale)].filter((part) => !!part);
  return parts.length === 0 ? null : parts.join(", ");
}

function countryName(code: string, locale: string | undefined): string {
  try {
    return new Intl.DisplayNames(locale, { type: "region" }).of(code) ?? code;
  } catch {
    return code; // What is no code of a country is shown as it is.
  }
}
