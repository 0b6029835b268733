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
}

/** The tokens of one client. Whatever is wrong with the storage, the worst is that nobody is signed in. */
export interface Tokens {
  read(): Promise<KeptTokens | null>;
  keep(tokens: TokenReply): Promise<void>;
  clear(): Promise<void>;
}

/** Keeps tokens in a storage; without one, or where it is full or forbidden, for as long as the page lives. */
export function keepTokens(storage: TokenStorage | undefined, key: string): Tokens {
  let inMemory: KeptTokens | null = null;
  const clear = async (): Promise<void> => {
    inMemory = null;
    try {
      await storage?.removeItem(key);
    } catch {
      // What cannot be reached cannot be read either.
    }
  };
  return {
    clear,
    async read() {
      if (inMemory !== null || storage === undefined) return inMemory;
      try {
        const text = await storage.getItem(key);
        if (text === null) return null;
        const { access, expiresAt, refresh } = JSON.parse(text) as Partial<KeptTokens>;
        if (typeof access === "string" && typeof expiresAt === "number")
          return { access, expiresAt, refresh: refresh ?? null };
      } catch {
        // Written by something else, or cut short.
      }
      await clear();
      return null;
    },
    async keep({ accessToken, expiresIn, refreshToken }) {
      const kept: KeptTokens = {
        access: accessToken,
        expiresAt: Date.now() + expiresIn * 1000,
        refresh: refreshToken ?? null,
      };
      inMemory = kept;
      try {
        if (storage === undefined) return;
        await storage.setItem(key, JSON.stringify(kept));
        inMemory = null;
      } catch {
        // It stays in memory.
      }
    },
  };
}
