import { type ErrorCode, SojournError } from "../domain/errors.ts";

interface ProblemDocument {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryAfter?: number;
}

/** What a problem document says, as the error that it was. */
export async function failureOf(response: Response): Promise<SojournError> {
  const { code, detail, retryAfter, ...extra } = (await response.json()) as ProblemDocument;
  return new SojournError(code, { detail, extra, ...(retryAfter === undefined ? {} : { retryAfter }) });
}
