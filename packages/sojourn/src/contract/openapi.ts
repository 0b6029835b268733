import { z } from "zod";
import { type ErrorCode, errorTable } from "../domain/errors.ts";
import { accessErrors, type Route } from "./route.ts";
import { commonErrors, contract, type RouteName } from "./routes.ts";
import { problemSchema } from "./schemas.ts";

type Json = Record<string, unknown>;

/** The contract as an OpenAPI 3.1 document. @param basePath where the handler is mounted, such as `/auth`. */
export function openApiDocument(basePath: string): Json {
  const paths: Record<string, Json> = {};
  for (const name of Object.keys(contract) as RouteName[]) {
    const route = contract[name] as Route<unknown, unknown>;
    for (const path of [route.path, ...(route.aliases ?? [])]) {
      const operationId = path === route.path ? name : `${name}Alias`;
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(operationId, path, route) };
    }
  }
  return {
    openapi: "3.1.0",
    info: { title: "Sojourn", version: "1", description: "Sessions: sign in, be known, be signed out." },
    servers: [{ url: basePath }],
    paths,
    components: {
      schemas: { Problem: jsonSchema(problemSchema, "output") },
      securitySchemes: {
        sessionCookie: {
          type: "apiKey",
          in: "cookie",
          name: "sojourn",
          description: "`__Host-Http-sojourn` over HTTPS.",
        },
        bearer: { type: "http", scheme: "bearer" },
        service: { type: "http", scheme: "basic" },
      },
    },
  };
}

function operation(operationId: string, path: string, route: Route<unknown, unknown>): Json {
  return {
    operationId,
    summary: route.summary,
    ...security(route.access),
    parameters: [...pathParameters(path), ...queryParameters(route)],
    ...(route.body === "none" ? {} : { requestBody: { required: true, content: requestContent(route) } }),
    responses: {
      "200": success(route),
      ...problems([...route.errors, ...accessErrors(route), ...commonErrors]),
    },
  };
}

function pathParameters(path: string): Json[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  return names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
}

function queryParameters({ query }: Route<unknown, unknown>): Json[] {
  const properties = query === undefined ? {} : (jsonSchema(query, "input")["properties"] as Json);
  return Object.entries(properties).map(([name, schema]) => ({ name, in: "query", required: false, schema }));
}

function security(access: Route<unknown, unknown>["access"]): Json {
  if (access === "session") return { security: [{ sessionCookie: [] }, { bearer: [] }] };
  return access === "service" ? { security: [{ service: [] }] } : {};
}

function requestContent(route: Route<unknown, unknown>): Json {
  const schema = jsonSchema(route.input, "input");
  const form = { "application/x-www-form-urlencoded": { schema } };
  if (route.body === "any") return { "*/*": {} };
  if (route.body === "form") return form;
  return route.body === "json"
    ? { "application/json": { schema } }
    : { "application/json": { schema }, ...form };
}

function success(route: Route<unknown, unknown>): Json {
  const description = route.summary;
  // Who is signed in stands in the headers.
  if (route.path === "/forward") return { description };
  if (route.output === null) {
    const type = route.path === "/events" ? "text/event-stream" : "application/json";
    return { description, content: { [type]: { schema: {} } } };
  }
  // RFC 7517 §8.5.2.
  const type = route.path === "/.well-known/jwks.json" ? "application/jwk-set+json" : "application/json";
  return { description, content: { [type]: { schema: jsonSchema(route.output, "output") } } };
}

/** One response per status, naming the codes that it may carry. */
function problems(codes: readonly ErrorCode[]): Json {
  const byStatus = new Map<number, Set<ErrorCode>>();
  for (const code of codes) {
    const { status } = errorTable[code];
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  }
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  return Object.fromEntries(
    [...byStatus]
      .toSorted(([a], [b]) => a - b)
      .map(([status, names]) => [String(status), { description: [...names].toSorted().join(", "), content }]),
  );
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
