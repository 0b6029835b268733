import { createRouter } from "@tanstack/react-router";
import { routeTree } from "./generated/routeTree.gen.ts";

export function getRouter() {
  return createRouter({ routeTree, scrollRestoration: true });
}
