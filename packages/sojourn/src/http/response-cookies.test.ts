import { describe, expect, it } from "vitest";
import { cookieHeaderAfter } from "./response-cookies.ts";

describe("the cookies of a request after those of its response", () => {
  it("are those that were there, with the new ones, and without the removed", () => {
    const written = ["a=new; Path=/; HttpOnly", "gone=; Path=/; Max-Age=0", "d=4; Max-Age=05"];
    expect(cookieHeaderAfter("a=1; b=2; gone=3; a=planted", written)).toBe("b=2; a=new; d=4");
    expect(cookieHeaderAfter(null, written)).toBe("a=new; d=4");
    expect(cookieHeaderAfter("gone=3", ["gone=; Max-Age=0; Path=/"])).toBe(null);
  });
});
