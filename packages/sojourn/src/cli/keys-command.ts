import type { KeyState } from "../domain/key-life.ts";
import { withAuth } from "./load-auth.ts";

/** What of a key the commands show. */
interface ShownKey {
  readonly id: string;
  readonly state: KeyState;
  readonly origin: string;
  readonly activatesAt: string | null;
  readonly verifiesUntil: string | null;
  readonly revokedAt: string | null;
  readonly reason: string | null;
}

/** What of an app's `auth` they use. */
interface KeepingAuth {
  readonly keys: {
    list(): Promise<readonly ShownKey[]>;
    rotate(): Promise<ShownKey>;
    revoke(id: string, reason?: string): Promise<ShownKey | null>;
  };
  close(): Promise<void>;
}

/** What is to be done with the keys. */
export type KeysOrder =
  | { readonly do: "list" }
  | { readonly do: "rotate" }
  | { readonly do: "revoke"; readonly id: string; readonly reason: string | undefined };

/** The order that words give; null if they give none. */
export function keysOrderOf(words: readonly string[], reason: string | undefined): KeysOrder | null {
  const [verb, id, ...rest] = words;
  if (rest.length > 0) return null;
  if (verb === "revoke" && id !== undefined && id !== "") return { do: verb, id, reason };
  if (reason !== undefined || id !== undefined) return null;
  return verb === "list" || verb === "rotate" ? { do: verb } : null;
}

/**
 * Does it, with the keys of an app.
 *
 * @param config the app's module; see {@link withAuth}.
 * @returns what to print.
 * @throws {Error} with a sentence that says why it could not be done.
 */
export function carryOut(order: KeysOrder, config: string): Promise<string> {
  return withAuth(config, isKeeping, async ({ keys }) => {
    switch (order.do) {
      case "list":
        return table(await keys.list());
      case "rotate": {
        const { id, state, activatesAt } = await keys.rotate();
        return state === "active"
          ? `Key ${id} signs from now on.`
          : `Key ${id} signs from ${activatesAt} on, when everybody knows it.`;
      }
      case "revoke": {
        if ((await keys.revoke(order.id, order.reason)) === null)
          throw new Error(`There is no key ${order.id}. See: sojourn keys list.`);
        const active = (await keys.list()).find(({ state }) => state === "active");
        return `Key ${order.id} is revoked. Key ${active?.id} signs.`;
      }
    }
  });
}

function table(keys: readonly ShownKey[]): string {
  const rows = keys.map(({ id, state, origin, activatesAt, verifiesUntil, revokedAt, reason }) => [
    id,
    state,
    origin,
    activatesAt ?? "-",
    revokedAt === null
      ? (verifiesUntil ?? "-")
      : `revoked ${revokedAt}${reason === null ? "" : `: ${reason}`}`,
  ]);
  const all = [["id", "state", "from", "signs from", "verifies until"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function isKeeping(value: object): value is KeepingAuth {
  return "keys" in value && typeof value.keys === "object" && value.keys !== null && "rotate" in value.keys;
}
