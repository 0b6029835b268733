/** Roughly where an address is, as far as anybody can tell. */
export interface Place {
  /** ISO 3166-1 alpha-2, such as `NL`. */
  readonly country?: string;
  readonly region?: string;
  readonly city?: string;
}

/** How long a look-up may keep a sign-in waiting, in ms. */
export const placeTimeout = 100;

/** Names are cut here: the longest name of a place has 85 letters. */
const longestName = 100;

/** What is to be believed of what a look-up answered: names, and a country that can be one. */
export function cleanPlace(answer: unknown): Place | null {
  if (typeof answer !== "object" || answer === null) return null;
  const { country, region, city } = answer as Readonly<Record<keyof Place, unknown>>;
  const place = {
    ...(typeof country === "string" && /^[A-Za-z]{2}$/.test(country)
      ? { country: country.toUpperCase() }
      : {}),
    ...named("region", region),
    ...named("city", city),
  };
  return Object.keys(place).length === 0 ? null : place;
}

function named(part: "region" | "city", value: unknown): Place {
  if (typeof value !== "string") return {};
  // Neither half a character nor one that steers a terminal or the direction of writing belongs to a name.
  const name = [...value.slice(0, 2 * longestName).replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "")]
    .slice(0, longestName)
    .join("")
    .trim();
  return name === "" ? {} : { [part]: name };
}
