import { type Measurement, ratio } from "./runner.ts";

/** What a suite measured. */
export interface SuiteResult {
  readonly name: string;
  readonly about: string;
  readonly base: string;
  readonly measurements: readonly Measurement[];
}

/** A ratio that a release must keep. Ratios, because times depend on the machine and the hour. */
interface Target {
  readonly says: string;
  readonly suite: string;
  /** This variant's time is divided by that of the next. */
  readonly measured: string;
  readonly against: string;
  readonly limit: number;
  /** Whether the ratio must stay below the limit, or reach it. */
  readonly atMost: boolean;
}

/** A target and how it came out; null where its suite was not run. */
export interface Verdict {
  readonly says: string;
  readonly ratio: number | null;
  readonly met: boolean | null;
}

const stateless = "stateless check";

const targets: readonly Target[] = [
  {
    says: "a remembered token costs at most 0.15 of a bare HMAC",
    suite: stateless,
    measured: "verify, remembered token",
    against: "bare HMAC",
    limit: 0.15,
    atMost: true,
  },
  {
    says: "any other token costs at most 1.1 times a bare HMAC",
    suite: stateless,
    measured: "verify, no cache",
    against: "bare HMAC",
    limit: 1.1,
    atMost: true,
  },
  {
    says: "that is at least 8 times as fast as jose with a CryptoKey",
    suite: stateless,
    measured: "jose jwtVerify, CryptoKey",
    against: "verify, no cache",
    limit: 8,
    atMost: false,
  },
  {
    says: "a session in SQLite costs at most 1.35 times a bare prepared join",
    suite: "SQLite check",
    measured: "verify",
    against: "bare prepared join",
    limit: 1.35,
    atMost: true,
  },
];

/** Holds what was measured against every target. */
export function judge(results: readonly SuiteResult[]): Verdict[] {
  return targets.map(({ says, suite, measured, against, limit, atMost }) => {
    const variants = results.find(({ name }) => name === suite)?.measurements;
    const ours = variants?.find(({ name }) => name === measured);
    const theirs = variants?.find(({ name }) => name === against);
    if (ours === undefined || theirs === undefined) return { says, ratio: null, met: null };
    const found = ratio(ours, theirs);
    return { says, ratio: found, met: atMost ? found <= limit : found >= limit };
  });
}
