import type { z } from "zod";
import type { Route } from "../contract/routes.ts";
import { SojournError } from "../domain/errors.ts";

/** No route needs more; what is larger is refused before it is read to its end. */
export const mostBodyBytes: number = 64 * 1024;

/**
 * Reads and checks the input of a route.
 *
 * @throws {SojournError} `unsupported_media_type`, `payload_too_large`, `invalid_json`, `invalid_input`.
 */
export async function readInput<Input>(
  request: Request,
  route: Route<Input, unknown>,
): Promise<{ input: Input; form: boolean }> {
  if (route.body === "none") return { input: check({}, route.input), form: false };
  const type = (request.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const form = type === "application/x-www-form-urlencoded";
  // Only these types: text/plain and multipart are what a page may send elsewhere without being asked (CORS "simple" requests).
  const accepted = form ? route.body !== "json" : type === "application/json" && route.body !== "form";
  const text = await readText(request);
  if (!accepted) {
    if (text === "" && type === "" && route.body !== "form")
      return { input: check({}, route.input), form: false };
    const wanted = route.body === "form" ? "application/x-www-form-urlencoded" : "application/json";
    throw new SojournError("unsupported_media_type", { detail: `Send ${wanted}.` });
  }
  return { input: check(form ? fromForm(text) : fromJson(text), route.input), form };
}

async function readText(request: Request): Promise<string> {
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

function fromForm(text: string): Record<string, string> {
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(text)) {
    // Two fields of one name mean different things to different readers.
    if (name in fields)
      throw new SojournError("invalid_input", {
        detail: `The field ${JSON.stringify(name.slice(0, 40))} stands there twice.`,
      });
    fields[name] = value;
  }
  return { ...fields };
}

function check<Input>(value: unknown, schema: z.ZodType<Input>): Input {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // A message may name what was sent, so it is kept short: a reply is no echo of 64 KiB.
  const issues = result.error.issues
    .slice(0, 10)
    .map(({ path, message }) => ({ path: path.join(".").slice(0, 200), message: message.slice(0, 200) }));
  throw new SojournError("invalid_input", {
    detail: issues[0] ? `${issues[0].path || "The body"}: ${issues[0].message}` : "The input is not valid.",
    extra: { issues },
  });
}

function tooLarge(): SojournError {
  return new SojournError("payload_too_large", { detail: `Send at most ${mostBodyBytes} bytes.` });
}
