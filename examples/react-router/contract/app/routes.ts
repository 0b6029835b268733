import { index, route, type RouteConfig } from "@react-router/dev/routes";

export default [
  index("routes/home.tsx"),
  route("auth/*", "routes/auth.ts"),
  route("private", "routes/private.tsx"),
  route("api/whoami", "routes/whoami.ts"),
  route("api/private", "routes/api-private.ts"),
  route("api/fresh", "routes/api-fresh.ts"),
  route("api/sign-in", "routes/api-sign-in.ts"),
  route("api/sign-out", "routes/api-sign-out.ts"),
] satisfies RouteConfig;
