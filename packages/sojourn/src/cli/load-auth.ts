import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Runs something on what an app's own module exports: what `createAuth` gave, as `auth` or by default. The module
 * is run for it, and `auth` closed at the end.
 *
 * @param isRight whether an export has what is needed.
 * @throws {Error} with a sentence that says what is wrong with the module.
 */
export async function withAuth<Needed extends { close(): Promise<void> }, Result>(
  config: string,
  isRight: (value: object) => value is Needed,
  use: (auth: Needed) => Promise<Result>,
): Promise<Result> {
  const file = resolve(config);
  const exported = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  const auth = [exported["auth"], exported["default"]].find(
    (value): value is Needed => typeof value === "object" && value !== null && isRight(value),
  );
  if (auth === undefined)
    throw new Error(`${config} must export what createAuth gives: export const auth = createAuth({ ... });`);
  try {
    return await use(auth);
  } finally {
    await auth.close();
  }
}
