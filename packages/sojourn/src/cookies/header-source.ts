/** What can be asked for its headers: a web-standard Request, its Headers, or Node's request. */
export type HeaderSource =
  | { readonly headers: { get(name: string): string | null } }
  | { get(name: string): string | null }
  | { readonly headers: Readonly<Record<string, string | readonly string[] | undefined>> };

/** Reads a header, whatever kind of request it is. Names are in lower case. */
export function headerReader(source: HeaderSource): (name: string) => string | null {
  if ("get" in source && typeof source.get === "function") return (name) => source.get(name);
  const { headers } = source as Exclude<HeaderSource, { get(name: string): string | null }>;
  if (typeof headers.get === "function") return (name) => (headers as Headers).get(name);
  const plain = headers as Readonly<Record<string, string | readonly string[] | undefined>>;
  return (name) => {
    const value = plain[name];
    // A cookie header that was sent in pieces is one list of cookies (RFC 9113 §8.2.3).
    return typeof value === "string" ? value : (value?.join(name === "cookie" ? "; " : ", ") ?? null);
  };
}
