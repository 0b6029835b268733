import { isSojournError, type SojournError } from "../domain/errors.ts";

/** The SojournError that `act` fails with, or null if it does not fail. Other errors pass on. */
export async function refusal(act: () => unknown): Promise<SojournError | null> {
  try {
    await act();
    return null;
  } catch (error) {
    if (isSojournError(error)) return error;
    throw error;
  }
}
