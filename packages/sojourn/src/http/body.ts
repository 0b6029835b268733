import type { z } from "zod";
import type { Route } from "../contract/routes.ts";
import { SojournError } from "../domain/errors.ts";

/** No route needs more; what is larger is refused before it is read to its end. */
export const mostBodyBytes: number = 64 * 1024;

const formType = "application/x-www-form-urlencoded";

/** The input of a route, and what came with it. */
export interface ReadInput<Input> {
  readonly input: Input;
  /** It came from an HTML form. */
  readonly form: boolean;
  /** What a form had in the field `csrfToken`, which is of no route's own. */
  readonly csrfToken: string | null;
}

/**
 * Reads and checks the input of a route.
 *
 * @throws {SojournError} `unsupported_media_type`, `payload_too_large`, `invalid_json`, `invalid_input`.
 */
export async function readInput<Input>(
  request: Request,
  route: Route<Input, unknown>,
): Promise<ReadInput<Input>> {
  const read = await readBody(request, route);
  return route.query === undefined
    ? read
    : { ...read, input: merge(read.input, readQuery(request.url, route.query)) };
}

async function readBody<Input>(request: Request, route: Route<Input, unknown>): Promise<ReadInput<Input>> {
  const nothing = (): ReadInput<Input> => ({ input: check({}, route.input), form: false, csrfToken: null });
  if (route.body === "none") return nothing();
  // Whoever reads it knows what it should be, and whether it is a form that wants to be sent on.
  if (route.body === "any") return { ...nothing(), form: mediaTypeOf(request) === formType };
  const type = mediaTypeOf(request);
  const form = type === formType;
  // Only these types: text/plain and multipart are what a page may send elsewhere without being asked (CORS "simple" requests).
  const accepted = form ? route.body !== "json" : type === "application/json" && route.body !== "form";
  const text = await readText(request);
  if (!accepted) {
    if (text === "" && type === "" && route.body !== "form") return nothing();
    const wanted = route.body === "form" ? formType : "application/json";
    throw new SojournError("unsupported_media_type", { detail: `Send ${wanted}.` });
  }
  if (!form) return { input: check(fromJson(text), route.input), form, csrfToken: null };
  const { csrfToken = null, ...fields } = fromForm(text);
  return { input: check(fields, route.input), form, csrfToken };
}

function mediaTypeOf(request: Request): string {
  return (request.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** The body as text. @throws {SojournError} `payload_too_large`, `invalid_input` for what is no text. */
export async function readText(request: Request): Promise<string> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > mostBodyBytes) throw tooLarge();
  if (request.body === null) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  let size = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > mostBodyBytes) throw tooLarge();
    text += decode(() => decoder.decode(chunk, { stream: true }));
  }
  return text + decode(() => decoder.decode());
}

function decode(run: () => string): string {
  try {
    return run();
  } catch (cause) {
    throw new SojournError("invalid_json", { detail: "The body is not UTF-8.", cause });
  }
}

function fromJson(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SojournError("invalid_json", { cause });
  }
}

/** What else stands in the URL is not ours to judge: a proxy or a page may have put it there. */
function readQuery<Input>(url: string, schema: z.ZodType<Input>): Input {
  const { searchParams } = new URL(url);
  // A name that stands there twice becomes a list, which no field is.
  const fields = [...searchParams.keys()].map((name) => {
    const values = searchParams.getAll(name);
    return [name, values.length === 1 ? values[0] : values] as const;
  });
  return check(Object.fromEntries(fields), schema);
}

/** Two answers to one question mean different things to different readers. */
function merge<Input>(body: Input, query: Partial<Input>): Input {
  for (const name of Object.keys(query) as (keyof Input & string)[]) {
    if (body[name] === undefined || body[name] === query[name]) continue;
    throw new SojournError("invalid_input", { detail: `${name}: the URL and the body differ.` });
  }
  return { ...body, ...query };
}

function fromForm(text: string): Record<string, string> {
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(text)) {
    // Two fields of one name mean different things to different readers.
    if (name in fields)
      throw new SojournError("invalid_input", {
        detail: `${isFieldName(name) ? `The field "${name}"` : "A field"} stands there twice.`,
      });
    fields[name] = value;
  }
  return { ...fields };
}

function check<Input>(value: unknown, schema: z.ZodType<Input>): Input {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues
    .slice(0, 10)
    .map((issue) => ({ path: issue.path.join("."), message: messageOf(issue) }));
  throw new SojournError("invalid_input", {
    detail: issues[0] ? `${issues[0].path || "The body"}: ${issues[0].message}` : "The input is not valid.",
    extra: { issues },
  });
}

/** What is wrong. Nothing that was sent comes back but names, and few of them: a reply is no echo of 64 KiB. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "unrecognized_keys") return issue.message;
  const names = issue.keys.filter(isFieldName).slice(0, 10);
  const what = issue.keys.length === 1 ? "Unrecognized key" : "Unrecognized keys";
  return names.length === 0 ? what : `${what}: ${names.map((name) => `"${name}"`).join(", ")}`;
}

/** Whether a key is a name rather than a token or a password, put where its name belongs: those stay unsaid. */
function isFieldName(key: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]{0,23}$/.test(key);
}

function tooLarge(): SojournError {
  return new SojournError("payload_too_large", { detail: `Send at most ${mostBodyBytes} bytes.` });
}
