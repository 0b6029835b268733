import { createCsrfMiddleware, createStart } from "@tanstack/react-start";
import { sessionMiddleware } from "./session.ts";

const csrfMiddleware = createCsrfMiddleware({ filter: ({ handlerType }) => handlerType === "serverFn" });

export const startInstance = createStart(() => ({ requestMiddleware: [csrfMiddleware, sessionMiddleware] }));
