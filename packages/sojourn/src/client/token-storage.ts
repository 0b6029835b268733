import type { TokenReply } from "../contract/types.ts";

/**
 * Where the tokens of a session with header transport are kept: `localStorage`, `sessionStorage`, React Native's
 * `AsyncStorage`, or anything of this shape.
 */
export interface TokenStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** Tokens as they are kept. */
export interface KeptTokens {
  readonly access: string;
  /** By this machine's clock, in ms since the epoch. */
  readonly expiresAt: number;
  readonly refresh: string | null;
  /** Since when they are good at the least, in ms of this machine's clock. */
  readonly asOf: number;
}

/** The tokens of one client. Whatever is wrong with the storage, the worst is that nobody is signed in. */
export interface Tokens {
  read(): Promise<KeptTokens | null>;
  /**
   * Keeps them, unless newer ones are there: a tab that was frozen while it renewed may come back long after another one has
   * renewed again, and a refresh token that was used counts as stolen.
   *
   * @param asOf since when they are good, in ms of this machine's clock.
   */
  keep(tokens: TokenReply, asOf: number): Promise<void>;
  clear(): Promise<void>;
}

/** Keeps tokens in a storage; without one, or where it is full or forbidden, for as long as the page lives. */
export function keepTokens(storage: TokenStorage | undefined, key: string): Tokens {
  let inMemory: KeptTokens | null = null;
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: a storage that takes its time must not write after what was cleared later. */
  const inTurn = (act: () => unknown): Promise<void> => {
    const turn = last.then(act).then(() => {});
    last = turn.catch(() => {});
    return turn;
  };
  const clear = async (): Promise<void> => {
    inMemory = null;
    // What cannot be reached cannot be read either.
    await inTurn(() => storage?.removeItem(key)).catch(() => {});
  };
  return {
    clear,
    async read() {
      if (inMemory !== null || storage === undefined) return inMemory;
      try {
        const text = await storage.getItem(key);
        // Something may have been kept, or cleared, meanwhile.
        if (inMemory !== null || !text) return inMemory;
        const kept = parseKept(text);
        if (kept !== null) return kept;
      } catch {
        // It cannot be reached.
      }
      await clear();
      return null;
    },
    async keep({ accessToken, expiresIn, refreshToken }, asOf) {
      const expiresAt = Date.now() + expiresIn * 1000;
      const kept: KeptTokens = { access: accessToken, expiresAt, refresh: refreshToken ?? null, asOf };
      inMemory = kept;
      if (storage === undefined) return;
      try {
        await inTurn(async () => {
          const there = parseKept((await storage.getItem(key)) ?? "");
          // A clock that was set back must not keep out whatever comes.
          const isOvertaken = there !== null && there.asOf > asOf && there.asOf <= Date.now() + 1000;
          if (!isOvertaken) await storage.setItem(key, JSON.stringify(kept));
        });
        // From here on the storage has it, where another tab may change it.
        if (inMemory === kept) inMemory = null;
      } catch {
        // It stays in memory. What was there before is worse than nothing: a refresh token that was used counts as stolen.
        await inTurn(() => storage.removeItem(key)).catch(() => {});
      }
    },
  };
}

/** Tokens as they were kept; null for what something else has written, or was cut short. */
function parseKept(text: string): KeptTokens | null {
  try {
    const { access, expiresAt, refresh, asOf } = JSON.parse(text) as Partial<KeptTokens>;
    if (typeof access !== "string" || typeof expiresAt !== "number") return null;
    return { access, expiresAt, refresh: typeof refresh === "string" ? refresh : null, asOf: asOf ?? 0 };
  } catch {
    return null;
  }
}
