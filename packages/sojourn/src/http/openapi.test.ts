import { describe, expect, it } from "vitest";
import { openApiDocument } from "../contract/openapi.ts";
import { contract, type Route } from "../contract/routes.ts";
import { errorTable } from "../domain/errors.ts";
import { createSite } from "./http-test-kit.fixture.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly security?: readonly Record<string, unknown>[];
  readonly requestBody?: { readonly required: boolean; readonly content: Record<string, unknown> };
  readonly responses: Record<
    string,
    { readonly description: string; readonly content: Record<string, { readonly schema: object }> }
  >;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, object>;
    readonly securitySchemes: Record<string, { readonly type: string }>;
  };
}

const document = JSON.parse(JSON.stringify(openApiDocument("/auth"))) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);
const routes = Object.entries(contract as unknown as Record<string, Route<unknown, unknown>>);

describe("the OpenAPI document", () => {
  it("is of version 3.1 and says where the API is", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(document.info).toMatchObject({ title: "Sojourn", version: expect.any(String) as string });
    expect(document.servers).toEqual([{ url: "/auth" }]);
  });

  it("is what the handler serves, to be kept for a while", async () => {
    const { body, headers } = await createSite("stateful").browser().get("/openapi.json");
    expect(body).toEqual(document);
    expect(headers.get("cache-control")).toBe("public, max-age=300");
  });

  it("lists each route of the contract under each of its paths, and nothing else", () => {
    const expected = routes.flatMap(([, { method, path, aliases = [] }]) =>
      [path, ...aliases].map((one) => `${method} ${one}`),
    );
    expect(operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`).toSorted()).toEqual(
      expected.toSorted(),
    );
  });

  it("names no operation twice", () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z]+$/);
  });

  it("declares exactly the parameters that each path has, and those that its query may have", () => {
    for (const { path, operationId, parameters } of operations) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
        name,
        in: "path",
        required: true,
      }));
      const route = contract[operationId.replace(/Alias$/, "") as keyof typeof contract];
      const shape = route.query !== undefined && "shape" in route.query ? (route.query.shape as object) : {};
      const inQuery = Object.keys(shape).map((name) => ({ name, in: "query", required: false }));
      expect(parameters.map(({ name, in: place, required }) => ({ name, in: place, required }))).toEqual([
        ...names,
        ...inQuery,
      ]);
    }
    for (const path of ["/sign-out", "/logout"])
      expect(document.paths[path]?.["post"]?.parameters).toEqual(
        ["everywhere", "provider"].map((name) => ({
          name,
          in: "query",
          required: false,
          schema: { type: "string", enum: ["true", "false"] },
        })),
      );
  });

  it("says which credentials each operation takes, of those it declares", () => {
    const schemes = Object.keys(document.components.securitySchemes);
    for (const { operationId, security = [] } of operations) {
      for (const name of security.flatMap(Object.keys)) expect(schemes, operationId).toContain(name);
    }
    expect(operations.find(({ operationId }) => operationId === "getMe")?.security).toEqual([
      { sessionCookie: [] },
      { bearer: [] },
    ]);
    expect(operations.find(({ operationId }) => operationId === "introspect")?.security).toEqual([
      { service: [] },
    ]);
    expect(operations.find(({ operationId }) => operationId === "signIn")?.security).toBe(undefined);
  });

  it("describes each body as the route reads it", () => {
    const wanted = {
      none: [],
      json: ["application/json"],
      form: ["application/x-www-form-urlencoded"],
      any: ["*/*"],
    };
    for (const [name, { body }] of routes) {
      const operation = operations.find(({ operationId }) => operationId === name);
      const types = Object.keys(operation?.requestBody?.content ?? {});
      expect(types, name).toEqual(body === "json-or-form" ? [...wanted.json, ...wanted.form] : wanted[body]);
    }
  });

  it("describes a success of each operation", () => {
    for (const { operationId, responses } of operations) {
      const [type = ""] = Object.keys(responses["200"]?.content ?? {});
      const others: Record<string, string> = {
        events: "text/event-stream",
        jwks: "application/jwk-set+json",
        // All that it says is in the headers.
        forward: "",
      };
      expect(type, operationId).toBe(others[operationId] ?? "application/json");
    }
  });

  it("promises only error codes that exist, each under its status", () => {
    for (const { operationId, responses } of operations) {
      for (const [status, { description, content }] of Object.entries(responses)) {
        if (status === "200") continue;
        expect(content).toEqual({
          "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
        });
        for (const code of description.split(", ")) {
          expect(Object.keys(errorTable), operationId).toContain(code);
          expect(String(errorTable[code as keyof typeof errorTable].status), code).toBe(status);
        }
      }
    }
  });

  it("refers to nothing that it does not define", () => {
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? "");
    expect(references.length).toBeGreaterThan(0);
    for (const path of references) {
      const target = path
        .split("/")
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
      expect(target, path).toBeTypeOf("object");
    }
    expect(text).not.toContain("$schema");
  });

  it("names in a schema only fields that are required or described", () => {
    const { Problem } = document.components.schemas as {
      Problem: { properties: object; required: string[] };
    };
    expect(Problem.required.toSorted()).toEqual(["code", "detail", "status", "title", "type"]);
    expect(Object.keys(Problem.properties)).toEqual(
      expect.arrayContaining(["issues", "reason", "retryAfter"]),
    );
  });
});
