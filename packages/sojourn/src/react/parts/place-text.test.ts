import { describe, expect, it } from "vitest";
import { placeText } from "./place-text.ts";

describe("where a session began", () => {
  it("is the city and the country, in the reader's language", () => {
    expect(placeText({ country: "NL", region: "NH", city: "Amsterdam" }, "en")).toBe(
      "Amsterdam, Netherlands",
    );
    expect(placeText({ country: "NL", city: "Amsterdam" }, "de")).toBe("Amsterdam, Niederlande");
  });

  it("is what is known of it, and nothing where nothing is", () => {
    expect(placeText({ country: "NL" }, "en")).toBe("Netherlands");
    expect(placeText({ region: "Bavaria", country: "DE" }, "en")).toBe("Bavaria, Germany");
    expect(placeText({}, "en")).toBeNull();
    expect(placeText(null, "en")).toBeNull();
  });

  it("is shown as it is where it is no country", () => {
    expect(placeText({ country: "<b>" }, "en")).toBe("<b>");
  });
});
