import type * as Argon2 from "@node-rs/argon2";
import { SojournError } from "../../domain/errors.ts";

/** Turns passwords into strings that can be stored, and checks passwords against them. */
export interface PasswordHasher {
  /** A PHC string with a fresh salt. */
  hash(password: string): Promise<string>;
  /** Whether the password belongs to the PHC string. False for strings of another kind. */
  verify(phc: string, password: string): Promise<boolean>;
  /** Whether the string was made with other settings than today's, and should be replaced. */
  needsRehash(phc: string): boolean;
}

/** What one hash costs; the defaults are the first choice of the OWASP Password Storage Cheat Sheet. */
export interface Argon2Options {
  /** KiB. Default 19456 (19 MiB). */
  readonly memoryCost?: number;
  /** Passes over the memory. Default 2. */
  readonly timeCost?: number;
  /** Threads. Default 1. */
  readonly parallelism?: number;
}

/** argon2id as PHC spells it, with version 1.3 (RFC 9106 §3.1). */
const argon2id = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/;

/**
 * Argon2id (RFC 9106) by the optional package `@node-rs/argon2`, which is loaded at the first use.
 * Hashing runs on a worker thread and never blocks the event loop.
 *
 * @throws {SojournError} `config_dependency_missing`, at the first use.
 */
export function createArgon2Hasher(options: Argon2Options = {}): PasswordHasher {
  const { memoryCost = 19_456, timeCost = 2, parallelism = 1 } = options;
  return {
    async hash(password) {
      const argon2 = await loadArgon2();
      return argon2.hash(password, { memoryCost, timeCost, parallelism });
    },
    async verify(phc, password) {
      if (!argon2id.test(phc)) return false;
      const argon2 = await loadArgon2();
      return argon2.verify(phc, password);
    },
    needsRehash(phc) {
      const [, memory, time, lanes] = argon2id.exec(phc) ?? [];
      return Number(memory) !== memoryCost || Number(time) !== timeCost || Number(lanes) !== parallelism;
    },
  };
}

async function loadArgon2(): Promise<typeof Argon2> {
  try {
    return await import("@node-rs/argon2");
  } catch (error) {
    throw new SojournError("config_dependency_missing", {
      detail: "Password sign-in needs the package @node-rs/argon2. Install it: npm install @node-rs/argon2",
      cause: error,
    });
  }
}
