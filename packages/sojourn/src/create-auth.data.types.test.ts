import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import {
  type Auth,
  createAuth,
  type ExposedData,
  type JsonValue,
  type StandardSchema,
  type StoredUser,
  type UserOf,
} from "./index.ts";
import { memory } from "./stores/memory/index.ts";

const secret = "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM";
const request = new Request("http://localhost/");
const message = z.object({ kind: z.enum(["done", "failed"]), text: z.string().default("") });

const auth = createAuth({
  secret,
  store: memory(),
  session: {
    data: {
      theme: { schema: z.enum(["light", "dark"]), expose: true },
      cart: { schema: z.array(z.string()), expose: false },
      step: (value) => Number(value),
      size: z.coerce.number<string>(),
    },
    flash: message,
  },
});

/** The compiler checks what is in these bodies; what they do at run time is tested elsewhere. */
describe("the types of session data", () => {
  it("are those of the declared schemas, wherever data is read", async () => {
    expectTypeOf(await auth.data.get(request, "theme")).toEqualTypeOf<"light" | "dark" | undefined>();
    expectTypeOf(await auth.data.take(request, "cart")).toEqualTypeOf<string[] | undefined>();
    expectTypeOf(await auth.data.get("sid", "step")).toEqualTypeOf<number | undefined>();
    const all = await auth.data.all(request);
    expectTypeOf(all.theme).toEqualTypeOf<"light" | "dark" | undefined>();
    const session = await auth.sessions.get("sid");
    expectTypeOf(session?.data.theme).toEqualTypeOf<"light" | "dark" | undefined>();
    expect(all).toEqual({});
  });

  it("refuse what is not declared, and what a schema does not take", () => {
    const wrongs: readonly (() => Promise<unknown>)[] = [
      // @ts-expect-error -- nobody declared it
      () => auth.data.get(request, "colour"),
      // @ts-expect-error -- nobody declared it
      () => auth.data.delete(request, "colour"),
      // @ts-expect-error -- not a theme
      () => auth.data.set(request, "theme", "blue"),
      // @ts-expect-error -- the value of another key
      () => auth.data.set(request, "step", "light"),
      // @ts-expect-error -- the schema takes texts
      () => auth.data.set(request, "size", 3),
      // @ts-expect-error -- no such kind of message
      () => auth.flash.add(request, { kind: "maybe" }),
    ];
    expect(wrongs).toHaveLength(6);
    expectTypeOf(auth.data.set<"size">)
      .parameter(2)
      .toEqualTypeOf<string>();
  });

  it("are any JSON where nothing is declared", async () => {
    const plain = createAuth({ secret, store: memory() });
    expectTypeOf(await plain.data.get(request, "anything")).toEqualTypeOf<JsonValue | undefined>();
    expectTypeOf(plain.data.set<"at">)
      .parameter(2)
      .toEqualTypeOf<JsonValue>();
    expectTypeOf(await plain.flash.take(request)).toEqualTypeOf<readonly JsonValue[]>();
    // @ts-expect-error -- JSON has no dates
    const wrong = (): Promise<void> => plain.data.set(request, "at", new Date());
    expect(wrong).toBeTypeOf("function");
  });

  it("hold for flash messages, before and after their schema", async () => {
    expectTypeOf(auth.flash.add)
      .parameter(1)
      .toEqualTypeOf<{ kind: "done" | "failed"; text?: string | undefined }>();
    expectTypeOf(await auth.flash.take(request)).toEqualTypeOf<
      readonly { kind: "done" | "failed"; text: string }[]
    >();
    expect(await auth.flash.take(request)).toEqual([]);
  });
});

describe("what a client may infer from an app", () => {
  it("is its user, and the data that is shown to clients", () => {
    expectTypeOf<UserOf<typeof auth>>().toEqualTypeOf<StoredUser>();
    expectTypeOf<ExposedData<typeof auth>>().toEqualTypeOf<{ readonly theme?: "light" | "dark" }>();
    const plain = createAuth({ secret });
    expectTypeOf<ExposedData<typeof plain>>().toEqualTypeOf<undefined>();
    expect(plain.data).toBeTypeOf("object");
  });
});

describe("an app with declared data", () => {
  it("is what takes any Auth, also where createAuth is told its user", async () => {
    const takesAny = (any: Auth): unknown => any.data;
    expect(takesAny(auth)).toBe(auth.data);
    const told = createAuth<StoredUser>({
      secret,
      store: memory(),
      session: { data: { theme: z.enum(["light", "dark"]) }, flash: message },
    });
    expectTypeOf(await told.data.get(request, "theme")).toEqualTypeOf<JsonValue | undefined>();
    expect(takesAny(told)).toBe(told.data);
  });

  it("declares by schemas of any library, or by functions", () => {
    const own: StandardSchema<string, number> = {
      "~standard": { version: 1, vendor: "own", validate: (value) => ({ value: Number(value) }) },
    };
    const app = createAuth({ secret, store: memory(), session: { data: { own, later: async () => 1 } } });
    expectTypeOf(app.data.set<"own">)
      .parameter(2)
      .toEqualTypeOf<string>();
    expectTypeOf(app.data.take<"later">).returns.resolves.toEqualTypeOf<number | undefined>();
    // @ts-expect-error -- neither a schema nor a function
    expect(() => createAuth({ secret, store: memory(), session: { data: { theme: "dark" } } })).toThrow(
      "session.data.theme must be a schema",
    );
  });
});
