import { describe, expect, it } from "vitest";
import { migrations as postgres } from "./postgres/schema.ts";
import { migrations as sqlite } from "./sqlite/schema.ts";
import { statementsOf } from "./statements-of.ts";

describe("a script", () => {
  it("is split where its statements end", () => {
    expect(statementsOf("\nCREATE TABLE a (b);\n\nCREATE TABLE c (d);\n")).toEqual([
      "CREATE TABLE a (b)",
      "CREATE TABLE c (d)",
    ]);
    expect(statementsOf("SELECT 1")).toEqual(["SELECT 1"]);
    expect(statementsOf(" \n;")).toEqual([]);
  });

  it.each([
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = CASE WHEN c THEN 1 END; DELETE FROM d; END",
    "CREATE FUNCTION f() RETURNS trigger AS $function$ BEGIN PERFORM 1; RETURN NULL; END $function$",
    "DO $$ BEGIN PERFORM 1; END $$",
    "INSERT INTO a VALUES ('it''s; BEGIN', 'END;')",
    'SELECT "begin;" FROM a',
    "SELECT CASE WHEN a THEN 1 ELSE 2 END, weekend FROM begin_here",
    "SELECT 1 -- BEGIN; it's\n+ 1",
  ])("keeps whole what has a semicolon or a block inside: %s", (statement) => {
    expect(statementsOf(`${statement};\nSELECT 2;`)).toEqual([statement, "SELECT 2"]);
  });

  it.each([
    ["SQLite", sqlite],
    ["PostgreSQL", postgres],
  ])("of our own for %s gives statements that begin as such, and nothing is lost", (_name, steps) => {
    for (const { sql } of steps) {
      const statements = statementsOf(sql);
      expect(statements.length).toBeGreaterThan(10);
      for (const statement of statements) expect(statement).toMatch(/^(?:CREATE|INSERT|ALTER|DROP|UPDATE) /);
      const bare = (text: string): string => text.replace(/[\s;]/g, "");
      expect(bare(statements.join(""))).toBe(bare(sql));
    }
  });
});
