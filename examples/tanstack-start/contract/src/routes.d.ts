import type { AnyRoute } from "@tanstack/react-router";
import type { Route as Root } from "#src/routes/__root.tsx";

/** What the router's generator finds out about a route, for the compiler alone: it sees these files only in a copy of the app. */
interface Found<Path extends string> {
  id: Path;
  path: Path;
  fullPath: Path;
  preLoaderRoute: AnyRoute;
  parentRoute: typeof Root;
}

declare module "@tanstack/react-router" {
  interface FileRoutesByPath {
    "/private": Found<"/private">;
    "/api/whoami": Found<"/api/whoami">;
    "/api/private": Found<"/api/private">;
    "/api/fresh": Found<"/api/fresh">;
    "/api/sign-in": Found<"/api/sign-in">;
    "/api/sign-out": Found<"/api/sign-out">;
  }
}
