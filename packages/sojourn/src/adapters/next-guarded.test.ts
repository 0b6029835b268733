import { describe, expect, it } from "vitest";
import { guardedPaths, type Place } from "./next-guarded.ts";

/** A request as Next.js hands it over; it has taken its own base path away. */
function at(path: string, basePath = ""): { url: string; nextUrl: { pathname: string } } {
  const url = new URL(`http://localhost:3000${path}`);
  const pathname = url.pathname.startsWith(`${basePath}/`)
    ? url.pathname.slice(basePath.length)
    : url.pathname;
  return { url: url.href, nextUrl: { pathname } };
}

const paths = guardedPaths(
  { protect: ["/dashboard", "/teams/:id/settings", "/api/private"], signIn: "/sign-in?from=app" },
  "/auth",
);
const everything = guardedPaths({ protect: ["/"], signIn: "/sign-in", open: ["/logo.png"] }, "/auth");

describe("a guarded path", () => {
  it.each([
    "/dashboard",
    "/dashboard/",
    "/dashboard/a/b",
    "/dashboard?next=/sign-in",
    "//dashboard",
    "/x/..//dashboard",
    "/DashBoard",
    "/%64ashboard",
    "/%2564ashboard",
    "/%252564ashboard",
    "/%2fdashboard",
    "/x%2f..%2fdashboard",
    "/dashboard%2f",
    "/dashboard%2fa",
    "/dashboard%00",
    "/dashboard%20",
    "/dashboard.",
    "/dashboard;a=1",
    "/\\dashboard",
    "/%5cdashboard",
    "/dashboard.rsc",
    "/dashboard.prefetch.rsc",
    "/dashboard.segments/_tree.segment.rsc",
    "/dashboard.json",
    "/dashboard.html",
    "/_next/data/build-1/dashboard.json",
    "/_next/data/build-1/dashboard/a.json",
    "/dashboard/report.pdf",
    "/auth/..%2fdashboard",
    "/sign-in/..%2fdashboard",
    "/_next/static/..%2f..%2fdashboard",
    "/_next/image?url=%2Fdashboard%2Fface.png&w=64&q=75",
    "/favicon.ico%2f..%2fdashboard",
    "/teams/7/settings",
    "/teams/7/settings/more",
    "/%ff",
    "/%252525252564ashboard",
  ])("is found in %s", (path) => {
    expect(paths.placeOf(at(path))).toBe("guarded");
  });

  it.each([
    "/",
    "/dashboards",
    "/dash",
    "/x/dashboard",
    "/teams//settings",
    "/teams/7",
    "/api",
    "/sign-in",
    "/sign-in/",
    "/sign-in?returnTo=%2Fdashboard",
    "/sitemap.xml?of=/dashboard",
  ])("is not seen in %s", (path) => {
    expect(paths.placeOf(at(path))).not.toBe("guarded");
  });

  it("is found below the base path of next.config, and without it", () => {
    expect(paths.placeOf(at("/app/dashboard", "/app"))).toBe("guarded");
    expect(paths.placeOf(at("/app//dashboard", "/app"))).toBe("guarded");
    expect(paths.placeOf(at("/dashboard", "/app"))).toBe("guarded");
    expect(paths.placeOf(at("/app/sign-in/", "/app"))).toBe("open");
  });
});

describe("what is behind a guard of everything", () => {
  it.each<[string, Place]>([
    ["/", "guarded"],
    ["/anything/at/all", "guarded"],
    ["/face.png", "guarded"],
    ["/logo.png", "open"],
    ["/sign-in", "open"],
    ["/auth/sign-in/password", "outside"],
    ["/auth", "outside"],
    ["/authors", "guarded"],
    ["/_next/static/chunks/main.js", "outside"],
    ["/_next/image?url=%2Fface.png&w=64&q=75", "guarded"],
    ["/_next/image?w=64", "outside"],
    ["/favicon.ico", "outside"],
    ["/_next/data/build-1/index.json", "guarded"],
  ])("leaves %s %s", (path, place) => {
    expect(everything.placeOf(at(path))).toBe(place);
  });

  it("leaves Sojourn's routes alone wherever they are", () => {
    const below = guardedPaths({ protect: ["/"] }, "/app/Auth");
    expect(below.placeOf(at("/app/Auth/session", "/app"))).toBe("outside");
    expect(below.placeOf(at("/auth/session", "/app"))).toBe("guarded");
  });
});

describe("a list of paths", () => {
  it.each(["/dashboard/:path*", "/dashboard/*", "/dashboard/**", "/dashboard/:rest+"])(
    "takes %s for all that is below",
    (pattern) => {
      const { placeOf } = guardedPaths({ protect: [pattern] }, "/auth");
      expect(placeOf(at("/dashboard/a/b"))).toBe("guarded");
      expect(placeOf(at("/dashboard"))).toBe("guarded");
    },
  );

  it.each([
    "dashboard",
    "",
    "/(admin|root)",
    "/a?b",
    "/a#b",
    "/((?!public).*)",
    "/:a*/b",
    "/%64ashboard",
    "/a*",
  ])("refuses %j, which guards nothing", (pattern) => {
    expect(() => guardedPaths({ protect: [pattern] }, "/auth")).toThrow(
      expect.objectContaining({ code: "config_invalid" }),
    );
  });

  it("does not fail for files of no guarded folder", () => {
    expect(paths.placeOf(at("/images/a.png"))).toBe("outside");
    expect(paths.placeOf(at("/robots.txt"))).toBe("open");
  });
});
