import { cpus, totalmem } from "node:os";
import { fastest, ratio, typical } from "./runner.ts";
import type { SuiteResult, Verdict } from "./targets.ts";

/** What was measured, on what; the form of `--json`. */
export interface Report {
  readonly machine: string;
  readonly node: string;
  readonly rounds: number;
  readonly suites: readonly {
    readonly name: string;
    readonly about: string;
    readonly base: string;
    readonly variants: readonly {
      readonly name: string;
      readonly minMicros: number;
      readonly medianMicros: number;
      readonly ratio: number;
      readonly roundMicros: readonly number[];
    }[];
  }[];
  readonly targets: readonly Verdict[];
}

/** The machine in one line. */
export function describeMachine(): string {
  const processors = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} x ${processors[0]?.model.trim() ?? "unknown processor"}, ${gibibytes} GiB, ${process.platform}`;
}

/** Everything, for machines. */
export function makeReport(
  results: readonly SuiteResult[],
  verdicts: readonly Verdict[],
  rounds: number,
): Report {
  const suites = results.map(({ name, about, base, measurements }) => ({
    name,
    about,
    base,
    variants: rowsOf({ name, about, base, measurements }),
  }));
  return { machine: describeMachine(), node: process.version, rounds, suites, targets: verdicts };
}

function rowsOf({ base, measurements }: SuiteResult): Report["suites"][number]["variants"] {
  const against = measurements.find(({ name }) => name === base);
  return measurements.map((measurement) => ({
    name: measurement.name,
    minMicros: fastest(measurement),
    medianMicros: typical(measurement),
    ratio: against === undefined ? Number.NaN : ratio(measurement, against),
    roundMicros: measurement.rounds,
  }));
}

/** A suite as a table, for people. */
export function tableOf(result: SuiteResult): string {
  const rows = rowsOf(result);
  const width = Math.max(...rows.map(({ name }) => name.length), 24);
  const line = (name: string, ...cells: readonly string[]): string =>
    `  ${name.padEnd(width)} ${cells.map((cell) => cell.padStart(10)).join(" ")}`;
  const body = rows.map(({ name, minMicros, medianMicros, ratio: times }) =>
    line(name, figure(minMicros), figure(medianMicros), figure(times)),
  );
  return [`\n${result.name}: ${result.about}`, line("", "min us", "median us", "x"), ...body].join("\n");
}

/** The targets, met or not. */
export function verdictsOf(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map(({ says, ratio: found, met }) =>
    met === null
      ? `  not measured  ${says}`
      : `  ${met ? "met   " : "MISSED"}  ${says}: ${figure(found ?? Number.NaN)}`,
  );
  return ["\nTargets", ...lines].join("\n");
}

/** Three digits that mean something. */
function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
