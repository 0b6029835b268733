import { describe, expect, it } from "vitest";
import { statementsOf } from "../statements-of.ts";
import { repeatable } from "./migrate.ts";
import { migrations } from "./schema.ts";

describe("the steps of SQLite", () => {
  // One at a time, while others take them too, is all that many clients can do.
  it("are all made of statements that may run twice", () => {
    for (const { sql } of migrations) {
      for (const statement of statementsOf(sql))
        expect(repeatable(statement)).toMatch(/^CREATE .* IF NOT EXISTS /);
    }
  });

  it("would be refused with one that may not", () => {
    expect(() => repeatable("ALTER TABLE sojourn_user ADD COLUMN phone TEXT")).toThrow(/once only/);
  });
});
