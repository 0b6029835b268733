import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyRequest } from "fastify";
import type { Context } from "hono";
import { describe, expectTypeOf, it } from "vitest";
import { createAuth } from "../create-auth.ts";
import type { UserDirectory } from "../ports/user-directory.ts";
import { memory } from "../stores/memory/index.ts";
import { toExpress } from "./express.ts";
import { toFastify } from "./fastify.ts";
import { toHono } from "./hono.ts";
import { openRequest } from "./node.ts";

interface Reader {
  readonly id: string;
  readonly library: "north" | "south";
}

const readers: UserDirectory<Reader> = { findById: (id) => ({ id, library: "north" }) };
const typed = () =>
  createAuth({
    store: memory({ users: false }),
    users: readers,
    callbacks: { session: () => ({ isStaff: true }) },
  });

describe("the session of a request", () => {
  it("has the app's own users, and what its callbacks add, in every framework", () => {
    const auth = typed();
    const express = (request: IncomingMessage) => toExpress(auth).of(request);
    const fastify = (request: FastifyRequest) => toFastify(auth).of(request);
    const hono = (context: Context) => toHono(auth).of(context);
    const node = (request: IncomingMessage, response: ServerResponse) => openRequest(auth, request, response);
    expectTypeOf<ReturnType<typeof express>["live"]["user"]["library"]>().toEqualTypeOf<"north" | "south">();
    expectTypeOf<ReturnType<typeof fastify>["live"]["user"]>().toEqualTypeOf<Reader>();
    expectTypeOf<ReturnType<typeof hono>["live"]["session"]["isStaff"]>().toEqualTypeOf<boolean>();
    expectTypeOf<ReturnType<typeof node>["live"]["user"]>().toEqualTypeOf<Reader>();
  });
});
