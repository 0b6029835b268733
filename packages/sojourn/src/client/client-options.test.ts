import { afterEach, describe, expect, it, vi } from "vitest";
import { type Duration, parseDuration } from "../domain/parse-duration.ts";
import { createClient } from "./client.ts";
import type { ClientOptions } from "./client-options.ts";

afterEach(() => vi.unstubAllGlobals());

const address = "https://app.example";
const clientOf = (options: object): unknown =>
  createClient({ baseURL: address, ...options } as ClientOptions);

describe("createClient", () => {
  it.each([
    { baseURL: "localhost:3000" },
    { baseURL: "app.example" },
    { baseURL: "//app.example" },
    { baseURL: "ftp://app.example" },
    { baseURL: "" },
    { basePath: "auth" },
    { basePath: "/auth/" },
    { basePath: "/" },
    { basePath: "//evil.example" },
    { basePath: "/auth?x" },
    { transport: "Cookie" },
    { transport: "bearer" },
    { refetchInterval: -1 },
    { refetchInterval: Number.NaN },
    { refetchInterval: "5 minutes" },
  ])("refuses %o at once, and not when it is needed", (options) => {
    expect(() => clientOf(options)).toThrow(TypeError);
  });

  it.each([
    { baseURL: "http://localhost:3000" },
    { baseURL: "https://app.example/" },
    { basePath: "/api/v1.0/auth" },
    { transport: "header" },
    { refetchInterval: 0 },
  ])("takes %o", (options) => {
    expect(() => clientOf(options)).not.toThrow();
  });

  it("takes for durations what the server takes for them", () => {
    const durations = [
      0,
      1,
      0.5,
      1e9,
      Infinity,
      "1",
      "1.5h",
      "1.h",
      ".5h",
      "1e3s",
      "2w",
      "5M",
      "",
      " 5m",
      "7d ",
    ];
    for (const one of durations) {
      const isRefused = Number.isNaN(parseDuration(one as Duration));
      const make = (): unknown => clientOf({ refetchInterval: one });
      if (isRefused) expect(make, String(one)).toThrow(/refetchInterval/);
      else expect(make, String(one)).not.toThrow();
    }
  });

  it("works in a page whose origin is opaque, such as a file, if it is told where the server is", async () => {
    vi.stubGlobal("location", { origin: "null" });
    vi.stubGlobal("document", { cookie: "" });
    const asked: string[] = [];
    const client = createClient({
      baseURL: address,
      transport: "header",
      fetch: async (input) => {
        asked.push(input instanceof Request ? input.url : String(input));
        return Response.json(null);
      },
    });
    await client.signOut();
    await client.fetch("/api/notes");
    expect(asked).toEqual([`${address}/auth/sign-out`, `${address}/api/notes`]);
    client.close();
  });
});
