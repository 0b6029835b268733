/** How long a service may take to answer, in ms. */
const patience = 3000;

/**
 * Asks once whether a service is there that a suite needs, for `describe.skipIf(!there)`. Where it is not,
 * the suite is left out with one loud line; with `CI=true` that is a failure, so that a build machine
 * cannot lose a suite unnoticed.
 *
 * ```ts
 * const there = await serviceTest("PostgreSQL", () => connect(url));
 * describe.skipIf(!there)("the postgres store", () => { ... });
 * ```
 *
 * @param name as it is shown.
 * @param probe resolves if the service answers, and leaves nothing open.
 * @throws Error where it does not answer within 3 s and `CI` is set.
 */
export async function serviceTest(name: string, probe: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${patience} ms`)), patience);
  });
  try {
    await Promise.race([probe(), late]);
    return true;
  } catch (error) {
    const line = `SKIPPED: ${name} is not there, so what needs it is not tested (${reasonOf(error)}).`;
    if (isSet(process.env["CI"])) throw new Error(line, { cause: error });
    process.stderr.write(`${line}\n`);
    return false;
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return error instanceof Error ? error.message : String(error);
}

function isSet(variable: string | undefined): boolean {
  return variable !== undefined && variable !== "" && variable !== "0" && variable !== "false";
}
