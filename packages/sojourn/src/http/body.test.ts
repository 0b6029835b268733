import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Contract, contract, type Route } from "../contract/routes.ts";
import type { ErrorCode } from "../domain/errors.ts";
import { mostBodyBytes, readInput } from "./body.ts";

const { signIn, refresh, introspect, getMe } = contract;
type Body = NonNullable<RequestInit["body"]>;
const credentials = { email: "a@example.com", password: "correct horse" };
const json = "application/json";
const form = "application/x-www-form-urlencoded";

function post(body: Body | null, type: string | null, headers: Record<string, string> = {}): Request {
  const all = new Headers(headers);
  if (type !== null) all.set("content-type", type);
  const request = new Request("http://localhost/", {
    method: "POST",
    headers: all,
    body,
    duplex: "half",
  });
  // A string body brings a type of its own.
  if (type === null) request.headers.delete("content-type");
  return request;
}

type AnyRoute = Contract[keyof Contract];

function read(body: Body | null, type: string | null = json, route: AnyRoute = signIn): Promise<unknown> {
  return readInput(post(body, type), route as Route<unknown, unknown>);
}

async function codeOf(reading: Promise<unknown>): Promise<ErrorCode | "read"> {
  return reading.then(
    () => "read" as const,
    (error: { code: ErrorCode }) => error.code,
  );
}

describe("the content type", () => {
  const text = JSON.stringify(credentials);
  const fields = new URLSearchParams(credentials).toString();

  it.each<[string, string | null, string, ErrorCode | "read"]>([
    ["JSON", json, text, "read"],
    ["JSON in upper case", "Application/JSON", text, "read"],
    ["JSON with a charset", "application/json; charset=utf-8", text, "read"],
    ["a form", form, fields, "read"],
    ["a form with a charset", `${form};charset=UTF-8`, fields, "read"],
    ["plain text", "text/plain", text, "unsupported_media_type"],
    ["plain text that says JSON", "text/plain; application/json", text, "unsupported_media_type"],
    ["a multipart form", "multipart/form-data; boundary=x", fields, "unsupported_media_type"],
    ["none", null, text, "unsupported_media_type"],
    ["an empty one", "", text, "unsupported_media_type"],
    ["JSON's relatives", "application/json-seq", text, "unsupported_media_type"],
    ["JSON's relatives with a plus", "application/ld+json", text, "unsupported_media_type"],
    ["two", "text/plain, application/json", text, "unsupported_media_type"],
    ["text/json", "text/json", text, "unsupported_media_type"],
  ])("%s is dealt with", async (_what, type, body, expected) => {
    expect(await codeOf(read(body, type))).toBe(expected);
  });

  it("of a form is no way around JSON where only JSON is read", async () => {
    expect(await codeOf(read("refreshToken=x", form, refresh))).toBe("unsupported_media_type");
    expect(await codeOf(read("", "text/plain", refresh))).toBe("unsupported_media_type");
  });

  it("of JSON is refused where only forms are read (RFC 7662 §2.1)", async () => {
    expect(await codeOf(read('{"token":"x"}', json, introspect))).toBe("unsupported_media_type");
    expect(await codeOf(read(null, null, introspect))).toBe("unsupported_media_type");
    expect(await read("token=x", form, introspect)).toEqual({
      input: { token: "x" },
      form: true,
      csrfToken: null,
    });
  });

  it("may be missing where there is no body and nothing is required", async () => {
    expect(await read(null, null, refresh)).toEqual({ input: {}, form: false, csrfToken: null });
    expect(await read("", json, refresh)).toEqual({ input: {}, form: false, csrfToken: null });
    expect(await codeOf(read(null, null, signIn))).toBe("invalid_input");
  });
});

describe("the size of a body", () => {
  const padded = (bytes: number): string => {
    const text = JSON.stringify(credentials);
    return text.slice(0, -1) + " ".repeat(bytes - text.length) + "}";
  };

  it("may be 64 KiB and not one byte more", async () => {
    expect(await codeOf(read(padded(mostBodyBytes)))).toBe("read");
    expect(await codeOf(read(padded(mostBodyBytes + 1)))).toBe("payload_too_large");
  });

  it("is counted in bytes, not in characters", async () => {
    expect(await codeOf(read("ä".repeat(mostBodyBytes / 2 + 1)))).toBe("payload_too_large");
  });

  it("is believed when it announces too much: nothing is read then", async () => {
    const body = new ReadableStream({ pull: () => Promise.reject(new Error("read")) });
    const request = post(body, json, { "content-length": "1000000" });
    expect(await codeOf(readInput(request, signIn))).toBe("payload_too_large");
  });

  it("is not believed when it announces too little, and an endless body is not read to its end", async () => {
    for (const length of ["10", "-5", "abc", "1e1", ""]) {
      let sent = 0;
      const endless = new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += 1024;
          controller.enqueue(new Uint8Array(1024).fill(0x20));
        },
      });
      const request = post(endless, json, { "content-length": length });
      expect(await codeOf(readInput(request, signIn))).toBe("payload_too_large");
      expect(sent).toBeLessThan(2 * mostBodyBytes);
    }
  });

  it("does not matter where no body is read", async () => {
    const request = new Request("http://localhost/", {
      method: "DELETE",
      body: "x".repeat(mostBodyBytes + 1),
    });
    expect(await readInput(request, getMe)).toEqual({ input: {}, form: false, csrfToken: null });
  });
});

describe("a JSON body", () => {
  it.each([
    ["nothing but white space", "  "],
    ["an open brace", "{"],
    ["a trailing comma", '{"email":"a",}'],
    ["single quotes", "{'email':'a'}"],
    ["a comment", "{} // x"],
    ["two documents", "{}{}"],
    ["NaN", '{"email":NaN}'],
    ["a byte order mark", "\ufeff{}"],
    ["a form", "email=a&password=b"],
    ["a raw line break in a string", '{"email":"a\nb"}'],
    ["a million open brackets", "[".repeat(60_000)],
  ])("that is %s is no JSON", async (_what, text) => {
    expect(await codeOf(read(text))).toBe("invalid_json");
  });

  it("that is not UTF-8 is refused rather than guessed at", async () => {
    for (const bytes of [
      [0xff],
      [0xc3, 0x28],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x9f],
      [0x22, 0xe9, 0x22],
      [0xc0, 0x80],
    ]) {
      expect(await codeOf(read(new Uint8Array(bytes)))).toBe("invalid_json");
    }
  });

  it("may be cut anywhere, also within a character", async () => {
    const text = JSON.stringify({ ...credentials, password: "pässwörd 🔑" });
    const bytes = new TextEncoder().encode(text);
    for (let size = 1; size < 6; size += 1) {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
          controller.close();
        },
      });
      expect(await read(body)).toMatchObject({ input: { password: "pässwörd 🔑" } });
    }
  });

  it.each([
    ["null", "null"],
    ["a list", "[]"],
    ["a list of fields", '["a@example.com","x"]'],
    ["a text", '"email"'],
    ["a number", "1"],
    ["true", "true"],
    ["nothing that is needed", "{}"],
    ["a number for a text", '{"email":1,"password":"x"}'],
    ["an object for a text", '{"email":{"$ne":null},"password":"x"}'],
    ["a list for a text", '{"email":["a@example.com"],"password":"x"}'],
    ["null for a text", '{"email":null,"password":"x"}'],
    ["a field that nobody reads", '{"email":"a","password":"x","role":"admin"}'],
    ["constructor", '{"email":"a","password":"x","constructor":{"prototype":{"x":1}}}'],
    ["another transport", '{"email":"a","password":"x","transport":"url"}'],
    ["another flag", '{"email":"a","password":"x","remember":"yes"}'],
    ["a password of 5 kB", JSON.stringify({ email: "a", password: "x".repeat(5000) })],
    ["a deep nest", `{"email":${"[".repeat(30_000)}${"]".repeat(30_000)}}`],
  ])("that is or has %s is not valid input", async (_what, text) => {
    expect(await codeOf(read(text))).toBe("invalid_input");
  });

  it("changes no prototype, whatever its keys are", async () => {
    const keys = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];
    for (const key of keys) {
      const text = `{"email":"a","password":"x",${JSON.stringify(key)}:{"polluted":true,"isAdmin":true}}`;
      const result = await read(text).catch((error: unknown) => error);
      expect((result as { polluted?: unknown }).polluted).toBe(undefined);
      expect((result as { input?: { isAdmin?: unknown } }).input?.isAdmin).toBe(undefined);
      await read(`${key}[polluted]=1&${key}.isAdmin=1&${key}=1`, form).catch(() => {});
    }
    expect(({} as { polluted?: unknown }).polluted).toBe(undefined);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("names what is wrong with which field, ten things at most, and keeps the password to itself", async () => {
    const secret = "hunter2hunter2";
    const error = await read(
      JSON.stringify({
        email: 1,
        password: [secret],
        ...Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`x${i}`, secret])),
      }),
    ).catch(
      (thrown: unknown) =>
        thrown as { message: string; extra: { issues: { path: string; message: string }[] } },
    );
    expect(error).toMatchObject({
      code: "invalid_input",
      extra: { issues: expect.arrayContaining([{ path: "email", message: expect.any(String) }]) },
    });
    expect((error as { extra: { issues: unknown[] } }).extra.issues.length).toBeLessThanOrEqual(10);
    expect(JSON.stringify([error, (error as Error).message])).not.toContain(secret);
  });

  it.each([
    ["a refresh token", `r1.0197f3a0-0000-7000-8000-000000000000.0.${"k7Q-".repeat(11).slice(1)}`],
    ["a session token", `s1.0197f3a0-0000-7000-8000-000000000000.${"k7Q-".repeat(11).slice(1)}`],
    ["a signed token", `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${"k7Q-".repeat(11).slice(1)}`],
    ["the secret of a token", "k7Q4".repeat(11).slice(1)],
    ["a passphrase", "correct horse battery"],
    ["an address", "ada@example.com"],
  ])("says nothing of %s that stands where a name belongs", async (_what, key) => {
    const field = JSON.stringify(key);
    const once = new URLSearchParams([[key, "1"]]).toString();
    for (const reading of [
      read(`{${field}:1}`, json, refresh),
      read(`{"email":"a","password":"b",${field}:1}`),
      read(`{"email":"a","password":"b",${field}:{${field}:1}}`),
      read(once, form),
      read(`${once}&${once}`, form),
    ]) {
      const error = await reading.catch((thrown: unknown) => thrown as Error & { extra: object });
      expect(error).toMatchObject({ code: "invalid_input" });
      const said = JSON.stringify([(error as Error).message, (error as { extra: object }).extra]);
      for (const part of [key, key.slice(0, 8), key.slice(-8)]) expect(said).not.toContain(part);
    }
  });

  it("tells the name of a field that nobody reads, so that a misspelt one is found", async () => {
    const messageOf = async (text: string, type = json): Promise<string> =>
      read(text, type).then(
        () => "",
        (error: Error) => error.message,
      );
    expect(await messageOf('{"email":"a","password":"b","rememberMe":true}')).toBe(
      'The body: Unrecognized key: "rememberMe"',
    );
    expect(await messageOf('{"email":"a","password":"b","return_to":1,"x.y":1,"role":1}')).toBe(
      'The body: Unrecognized keys: "return_to", "role"',
    );
    expect(await messageOf("email=a&email=b", form)).toBe('The field "email" stands there twice.');
  });

  it("does not come back as a long error when its field names are long", async () => {
    const error = await read(JSON.stringify({ ...credentials, ["x".repeat(60_000)]: 1 })).catch(
      (thrown: unknown) => thrown as Error,
    );
    expect((error as Error).message.length).toBeLessThan(1000);
    expect(JSON.stringify(error).length).toBeLessThan(5000);
  });
});

describe("a form body", () => {
  it("gives its fields as text", async () => {
    const fields = "email=a%40example.com&password=p%C3%A4ss+w%26rd&remember=on&returnTo=";
    expect(await read(fields, form)).toEqual({
      input: { email: "a@example.com", password: "päss w&rd", remember: true, returnTo: "" },
      form: true,
      csrfToken: null,
    });
  });

  it.each([
    ["on", true],
    ["true", true],
    ["1", true],
    ["false", false],
    ["0", false],
    ["", false],
  ])("reads the checkbox %j as %j", async (value, expected) => {
    expect(await read(`email=a&password=b&remember=${value}`, form)).toMatchObject({
      input: { remember: expected },
    });
  });

  it("with a field that stands there twice is refused: readers differ on which one counts", async () => {
    expect(await codeOf(read("email=a&password=b&email=c", form))).toBe("invalid_input");
    expect(await codeOf(read("token=a&token=b", form, introspect))).toBe("invalid_input");
    expect(await codeOf(read("__proto__=a&__proto__=b&email=a&password=b", form))).toBe("invalid_input");
  });

  it("is refused with a field that nobody reads, and passes with one where the RFC allows more", async () => {
    expect(await codeOf(read("email=a&password=b&role=admin", form))).toBe("invalid_input");
    expect(await codeOf(read("token=a&resource=b", form, introspect))).toBe("read");
  });
});

describe("any body at all", () => {
  it("is read or refused with a code for the client", async () => {
    const codes = ["read", "invalid_json", "invalid_input", "unsupported_media_type", "payload_too_large"];
    const types = fc.constantFrom<string | null>(
      json,
      form,
      "text/plain",
      null,
      "application/json;charset=utf-16",
    );
    const bodies = fc.oneof(fc.json(), fc.string({ unit: "grapheme" }), fc.uint8Array());
    const routes = fc.constantFrom<AnyRoute>(
      ...Object.values(contract as unknown as Record<string, AnyRoute>),
    );
    await fc.assert(
      fc.asyncProperty(bodies, types, routes, async (body, type, route) => {
        expect(codes).toContain(await codeOf(read(body as Body, type, route)));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the schemas", () => {
  it("size every text that a client sends, so that nothing large is looked at closely", () => {
    for (const [name, route] of Object.entries(
      contract as unknown as Record<string, Route<unknown, unknown>>,
    )) {
      const { properties = {} } = z.toJSONSchema(route.input, { io: "input", unrepresentable: "any" }) as {
        properties?: Record<string, { type?: string; maxLength?: number; enum?: unknown; anyOf?: unknown }>;
      };
      for (const [field, schema] of Object.entries(properties)) {
        const bounded =
          schema.type === "integer" ||
          schema.enum !== undefined ||
          schema.anyOf !== undefined ||
          schema.maxLength !== undefined;
        expect(bounded, `${name}.${field}`).toBe(true);
      }
    }
  });
});
