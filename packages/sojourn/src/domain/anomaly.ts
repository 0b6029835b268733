/** In what a session is used otherwise than before. */
export type AnomalyChange = "user_agent" | "network" | "country";

/** What an app makes of it: nothing, a fresh proof before what needs one, or the end of the session. */
export type AnomalyAnswer = "ignore" | "step_up" | "end";

/** Every {@link AnomalyAnswer}. */
export const anomalyAnswers: readonly AnomalyAnswer[] = ["ignore", "step_up", "end"];

/** A live session that is used otherwise than before. */
export interface Anomaly {
  readonly sid: string;
  readonly userId: string;
  readonly changed: readonly AnomalyChange[];
  /** Where this use came from, as far as the `privacy` option lets it be told. */
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** Where a request came from, as keyed digests, but for the country; null for what is not known. */
export interface ClientTraits {
  /** Of the browser and the system, without their versions. */
  readonly agent: string | null;
  readonly network: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
}

/** What a session has been used from so far, the newest first. */
export interface KnownTraits {
  readonly agents: readonly string[];
  readonly networks: readonly string[];
  readonly countries: readonly string[];
  /** When another network was last told of by itself; in ms since the epoch. */
  readonly networkToldAt: number;
}

/** Of each kind so many are known at once: enough for a home, an office and the networks of a journey. */
const mostKnown = 8;

/** A phone changes its networks all day. By itself that is told of no more often than this; in ms. */
export const networkQuiet: number = 60 * 60_000;

/** What a session that begins is used from. */
export function firstTraits({ agent, network, country }: ClientTraits): KnownTraits {
  const only = (trait: string | null): readonly string[] => (trait === null ? [] : [trait]);
  return { agents: only(agent), networks: only(network), countries: only(country), networkToldAt: 0 };
}

/**
 * Compares a use of a session with those before. What was seen once is known from then on, so that each change is told
 * of once, and two devices or networks by turns make no noise.
 *
 * @returns what to tell of, and what is known now; null where that is no more than before.
 */
export function compareTraits(
  known: KnownTraits,
  seen: ClientTraits,
  now: number,
): { readonly changed: readonly AnomalyChange[]; readonly known: KnownTraits } | null {
  const agents = withTrait(known.agents, seen.agent);
  const networks = withTrait(known.networks, seen.network);
  const countries = withTrait(known.countries, seen.country);
  if (agents === known.agents && networks === known.networks && countries === known.countries) return null;

  const isOther = (before: readonly string[], after: readonly string[]): boolean =>
    before !== after && before.length > 0;
  const found: readonly AnomalyChange[] = [
    ...(isOther(known.agents, agents) ? (["user_agent"] as const) : []),
    ...(isOther(known.networks, networks) ? (["network"] as const) : []),
    ...(isOther(known.countries, countries) ? (["country"] as const) : []),
  ];
  const isHop = found.length === 1 && found[0] === "network";
  const isQuiet = isHop && now - known.networkToldAt < networkQuiet;
  const networkToldAt = isHop && !isQuiet ? now : known.networkToldAt;
  return { changed: isQuiet ? [] : found, known: { agents, networks, countries, networkToldAt } };
}

/** The same list where there is nothing new. */
function withTrait(known: readonly string[], trait: string | null): readonly string[] {
  return trait === null || known.includes(trait) ? known : [trait, ...known].slice(0, mostKnown);
}
