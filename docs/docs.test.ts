import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { accessErrors } from "../packages/sojourn/src/contract/route.ts";
import { contract, commonErrors, type Route } from "../packages/sojourn/src/contract/routes.ts";
import { identityHeaders } from "../packages/sojourn/src/contract/headers.ts";
import { resolveCookies } from "../packages/sojourn/src/cookies/cookie-options.ts";
import { type ErrorCode, errorTable } from "../packages/sojourn/src/domain/errors.ts";
import { type Duration, durationToMs } from "../packages/sojourn/src/domain/duration.ts";
import {
  defaultAuditRetention,
  defaultKeyOptions,
  defaultSessionOptions,
  type PresetName,
  presets,
} from "../packages/sojourn/src/domain/policy.ts";
import { endReasons } from "../packages/sojourn/src/domain/session.ts";
import { entryPoints } from "../tools/entry-points.ts";
import { printedPolicy, shownPolicy } from "../tools/policy-page.ts";
import { run } from "../tools/run.ts";

const root = join(import.meta.dirname, "..");
const sourceFolder = join(root, "packages/sojourn/src");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const readSource = (file: string): string => readFileSync(join(sourceFolder, file), "utf8");

/** What stands below each heading of a level, by heading. */
function sections(page: string, level: number): Map<string, string> {
  const mark = "#".repeat(level);
  const parts = read(page)
    .split(new RegExp(`^${mark} (.+)$`, "m"))
    .slice(1);
  const until = new RegExp(`^#{1,${level}} `, "m");
  return new Map(
    parts.flatMap((heading, index) =>
      index % 2 === 0 ? [[heading, (parts[index + 1] ?? "").split(until)[0] ?? ""] as const] : [],
    ),
  );
}

/** The rows of the first table below a heading: what stands in backquotes in the first cell, and the second cell. */
function table(page: string, level: number, heading: string): (readonly [names: string[], cell: string])[] {
  const text = sections(page, level).get(heading)?.split(/^#/m)[0] ?? "";
  const rows = text.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((row) => {
    const [, first = "", second = ""] = row.split("|");
    return [backquoted(first), second.trim()] as const;
  });
}

const backquoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
const namesIn = (rows: readonly (readonly [string[], string])[]): string[] =>
  rows.flatMap(([names]) => names).toSorted();

/** The strings of a list in the source, such as the options that are known. */
function listed(file: string, begin: string): string[] {
  const text = readSource(file);
  const at = text.indexOf(begin);
  expect(at, `${file} has no ${begin}`).toBeGreaterThan(-1);
  return [...text.slice(at, text.indexOf("]", at)).matchAll(/"(\w+)"/g)]
    .map(([, name = ""]) => name)
    .toSorted();
}

describe("the page on errors", () => {
  const explained = sections("docs/errors.md", 3);

  it("explains every code under an anchor that is the code, and no other", () => {
    expect([...explained.keys()].toSorted()).toEqual(Object.keys(errorTable).toSorted());
  });

  it.each(Object.entries(errorTable))(
    "says of %s which status it has, and more than that",
    (code, { status }) => {
      const text = explained.get(code)?.trim() ?? "";
      expect(text).toMatch(new RegExp(`^Status ${status}\\b`));
      expect(text.length).toBeGreaterThan(30);
    },
  );
});

describe("the page on the HTTP API", () => {
  const routes = Object.values(contract) as readonly Route<unknown, unknown>[];
  const described = sections("docs/http-api.md", 3);
  const codesOf = (text: string): string[] =>
    backquoted(/^Codes:([^]*?)\n\n/m.exec(`${text}\n\n`)?.[1] ?? "").toSorted();

  it("has every route, and no other", () => {
    expect([...described.keys()].toSorted()).toEqual(
      routes.map(({ method, path }) => `${method} ${path}`).toSorted(),
    );
  });

  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "tells the codes, fields and aliases of %s",
    (name, route) => {
      const text = described.get(name) ?? "";
      expect(codesOf(text)).toEqual([...new Set([...route.errors, ...accessErrors(route)])].toSorted());
      for (const alias of route.aliases ?? []) expect(text).toContain(`\`${route.method} ${alias}\``);
      const fields = "shape" in route.input ? Object.keys(route.input.shape as object) : [];
      const told = new Set(
        backquoted(`${text} ${name.includes("sign-up") ? described.get("POST /sign-in/{method}") : ""}`),
      );
      for (const field of fields.filter((one) => one !== "token_type_hint"))
        expect(told, field).toContain(field);
    },
  );

  it("tells the codes that any route may answer with", () => {
    const anywhere: readonly ErrorCode[] = [...commonErrors, "not_found", "method_not_allowed"];
    expect(codesOf(read("docs/http-api.md"))).toEqual(anywhere.toSorted());
  });
});

describe("the page on forward-auth", () => {
  const names = Object.values(identityHeaders).toSorted();
  const block = (language: string): string =>
    new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "m").exec(read("docs/forward-auth.md"))?.[1] ?? "";

  it("names the headers that say who is signed in", () => {
    expect(namesIn(table("docs/forward-auth.md", 2, "What the server behind is told"))).toEqual(names);
  });

  it.each([
    ["nginx", /proxy_set_header (X-(?:User|Session|Actor)-\w+)/g],
    ["caddyfile", /(?<=copy_headers .*)(X-(?:User|Session|Actor)-\w+)/g],
    ["yaml", /^ +- (X-(?:User|Session|Actor)-\w+)$/gm],
  ])("replaces each of them in the configuration in %s", (language, header) => {
    expect([...block(language).matchAll(header)].map(([, name]) => name).toSorted()).toEqual(names);
  });
});

describe("the tables of defaults", () => {
  it("give the lifetimes that are in force, and list every other option of session", () => {
    const rows = table("docs/lifetimes.md", 2, "Options");
    const others = listed("domain/policy/resolve.ts", "const others = [");
    expect(namesIn(rows)).toEqual([...Object.keys(defaultSessionOptions), ...others].toSorted());
    const told = rows
      .filter(([[name = ""]]) => !others.includes(name))
      .map(([[name = ""], cell]) => [name, JSON.parse(backquoted(cell)[0] ?? "null") as unknown]);
    expect(Object.fromEntries(told)).toEqual(defaultSessionOptions);
  });

  it("give the timeouts of the presets", () => {
    const ms = (text: string): number => {
      const [, count, unit = ""] = /^(\d+) (\w)/.exec(text) ?? [];
      return durationToMs(`${Number(count)}${unit}` as Duration, "a preset");
    };
    for (const [[preset = ""], cell] of table("docs/lifetimes.md", 2, "Presets"))
      expect(ms(cell)).toBe(durationToMs(presets[preset as PresetName].absoluteTimeout, preset));
  });

  it("list every option of createAuth", () => {
    expect(namesIn(table("docs/options.md", 1, "Options"))).toEqual(
      listed("auth-options.ts", "new Set<keyof AuthOptions>(["),
    );
  });

  it("list every option of jwt", () => {
    expect(namesIn(table("docs/options.md", 2, "jwt"))).toEqual(
      listed("auth-options.ts", "new Set<keyof JwtOptions>(["),
    );
  });

  it("give the defaults of keys that are in force", () => {
    const rows = table("docs/keys.md", 2, "Options");
    const told = rows.map(([[name = ""], cell]) => [
      name,
      JSON.parse(backquoted(cell)[0] ?? "null") as unknown,
    ]);
    expect(Object.fromEntries(told)).toEqual(defaultKeyOptions);
  });

  it("give the retention of kept events that is in force, and every other option of audit", () => {
    const options = new Map(table("docs/audit.md", 2, "Options").map(([[name = ""], cell]) => [name, cell]));
    expect([...options.keys()]).toEqual(["retention", "events"]);
    expect(backquoted(options.get("retention") ?? "")).toEqual([JSON.stringify(defaultAuditRetention)]);
  });

  it("list every option of redis, with the defaults that are in force", () => {
    const rows = table("docs/stores/redis.md", 2, "Options");
    expect(namesIn(rows)).toEqual(listed("stores/redis/index.ts", "const known = new Set(["));
    const inForce = [...readSource("stores/redis/index.ts").matchAll(/^const default.*$/gm)].join("\n");
    const told = new Map(rows.map(([[name = ""], cell]) => [name, backquoted(cell)]));
    for (const name of ["prefix", "timeout", "retention"])
      expect(inForce).toContain(`${name}: ${told.get(name)?.[0]}`);
    const [server, cluster] = told.get("shards") ?? [];
    expect(inForce).toContain(`{ server: ${server}, cluster: ${cluster} }`);
  });

  it("list every option of cookie, and the names that cookies really have", () => {
    expect(namesIn(table("docs/security.md", 2, "Cookies"))).toEqual(
      listed("cookies/cookie-options.ts", "const known = new Set(["),
    );
    const text = sections("docs/security.md", 2).get("Cookies") ?? "";
    for (const url of ["https://app.example.com", "http://localhost"]) {
      expect(text).toContain(`\`${resolveCookies({}, new URL(url)).sessionName}\``);
    }
  });

  it("list every option of cors, with the default that is in force", () => {
    const rows = table("docs/security.md", 2, "Pages on another origin");
    expect(namesIn(rows)).toEqual(listed("http/cors-options.ts", "const known = ["));
    const [, cell = ""] = rows.find(([[name]]) => name === "maxAge") ?? [];
    expect(readSource("http/cors-options.ts")).toContain(`maxAge = ${backquoted(cell)[0]}`);
  });

  it("list every option of the client, and the sizes that are in force", () => {
    const [, options = ""] = readSource("client/client-options.ts").split("export interface ClientOptions {");
    const known = [...(options.split("\n}")[0] ?? "").matchAll(/^  readonly (\w+)\?:/gm)].map(
      ([, name = ""]) => name,
    );
    expect(namesIn(table("docs/client.md", 2, "Options"))).toEqual(known.toSorted());
    const limits = JSON.parse(read("tools/size-limits.json")) as Record<string, { readonly gzip: number }>;
    const [, kilobytes] = /(\d+) kB compressed at once/.exec(read("docs/client.md")) ?? [];
    expect(limits["sojourn/client"]?.gzip).toBe(Number(kilobytes) * 1024);
  });

  it("list every option of the verifier, and the size that is in force", () => {
    expect(namesIn(table("docs/edge.md", 2, "Options"))).toEqual(
      listed("verify/options.ts", "const known = new Set<string>(["),
    );
    const limits = JSON.parse(read("tools/size-limits.json")) as Record<string, { readonly gzip: number }>;
    const [, kilobytes] = /(\d+) kB compressed at once/.exec(read("docs/edge.md")) ?? [];
    expect(limits["sojourn/verify"]?.gzip).toBe(Number(kilobytes) * 1000);
    const [, whys = ""] = /export type NeedsOrigin = (.*);/.exec(readSource("verify/verifier.ts")) ?? [];
    expect(
      namesIn(table("docs/edge.md", 3, "Why only the server can tell")).filter((name) => name !== "why"),
    ).toEqual([...whys.matchAll(/"(\w+)"/g)].map(([, name = ""]) => name).toSorted());
  });

  it("list every option that all providers take", () => {
    expect(namesIn(table("docs/oauth.md", 2, "Options"))).toEqual(
      listed("login/oauth/provider-options.ts", "const known = new Set<keyof ProviderOptions>(["),
    );
  });

  it("give the length of passwords that is in force", () => {
    const rules = /defaultRules: PasswordRules = \{ minLength: (\d+), maxLength: (\d+) \}/.exec(
      readSource("login/password/password-login.ts"),
    );
    const rows = table("docs/password-login.md", 2, "Options");
    const told = (name: string): string | undefined =>
      backquoted(rows.find(([[option]]) => option === name)?.[1] ?? "")[0];
    expect([told("minLength"), told("maxLength")]).toEqual(rules?.slice(1));
  });
});

describe("the page on what each option protects against", () => {
  it.each([
    ["createAuth", "docs/options.md", 1, "Options"],
    ["session", "docs/lifetimes.md", 2, "Options"],
    ["jwt", "docs/options.md", 2, "jwt"],
    ["keys", "docs/keys.md", 2, "Options"],
    ["cookie", "docs/security.md", 2, "Cookies"],
    ["cors", "docs/security.md", 2, "Pages on another origin"],
    ["password", "docs/password-login.md", 2, "Options"],
    ["rateLimit", "docs/rate-limits.md", 2, "Rules"],
    ["audit", "docs/audit.md", 2, "Options"],
  ])("has a row for every option of %s, and says something of each", (heading, page, level, other) => {
    const rows = table("docs/protections.md", 2, heading);
    expect(namesIn(rows)).toEqual(namesIn(table(page, level, other)));
    for (const [[name = ""], cell] of rows) expect(cell.length, name).toBeGreaterThan(20);
  });
});

describe("the page on lifetimes", () => {
  it("shows the session policy of a default app, as the command prints it", async () => {
    expect(shownPolicy(), "npm run policy brings it up to date").toBe(await printedPolicy());
  });
});

describe("the lists", () => {
  it("name every reason for which a session ends", () => {
    expect(namesIn(table("docs/sessions.md", 2, "How sessions end"))).toEqual([...endReasons].toSorted());
  });

  it("name every event", () => {
    const types = [...readSource("domain/events.ts").matchAll(/readonly type: "(\w+)"/g)].map(
      ([, type = ""]) => type,
    );
    expect(namesIn(table("docs/operations.md", 2, "Events and logs"))).toEqual(types.toSorted());
  });
});

/** One example of a page. */
interface Example {
  readonly page: string;
  readonly name: string;
  /** `ts`, or `tsx` for what React renders. */
  readonly kind: string;
  readonly code: string;
}

const pages = globSync(["README.md", "docs/**/*.md", "packages/sojourn/README.md"], { cwd: root }).toSorted();
const blocks = pages.flatMap((page) =>
  [...read(page).matchAll(/^```(tsx?)\n([^]*?)^```/gm)].map(([, kind = "", code = ""]) => ({
    page,
    kind,
    code,
  })),
);
const examples: readonly Example[] = blocks.map(({ page, kind, code }) => ({
  page,
  kind,
  code,
  name: /^\/\/ example: ([a-z-]+)\n/.exec(code)?.[1] ?? "",
}));

/** What many apps compile with. */
const appOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  module: "NodeNext",
  target: "ES2023",
  lib: ["ES2023"],
  jsx: "react-jsx",
  types: ["node"],
  skipLibCheck: true,
  noEmit: true,
};

/** What `prisma generate` makes beside an app, as far as the examples use it. */
const prismaClient = `
interface Queries {
  $queryRawUnsafe<T = unknown>(query: string, ...values: unknown[]): Promise<T>;
  $executeRawUnsafe(query: string, ...values: unknown[]): Promise<number>;
}
export declare class PrismaClient implements Queries {
  constructor(options: { adapter: object });
  $queryRawUnsafe<T = unknown>(query: string, ...values: unknown[]): Promise<T>;
  $executeRawUnsafe(query: string, ...values: unknown[]): Promise<number>;
  $transaction<T>(work: (queries: Queries) => Promise<T>, options?: { maxWait?: number }): Promise<T>;
}
`;

describe("the examples", () => {
  // Inside the repository, so that its packages are found; in a folder that nothing else looks into.
  const folder = join(root, "node_modules/.cache/docs-examples");
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("each have a name, and one name has one code", () => {
    expect(
      examples.filter(({ name }) => name === "").map(({ page, code }) => `${page}: ${code.slice(0, 60)}`),
    ).toEqual([]);
    for (const { name, code } of examples) {
      expect(
        new Set(examples.filter((other) => other.name === name).map((other) => other.code)),
        name,
      ).toEqual(new Set([code]));
    }
  });

  it("compile, as they stand, in an app with strict types", () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    // Against the declarations as they are published, which the app's own options do not judge.
    const declarations = [
      "--emitDeclarationOnly",
      "--noEmitOnError",
      "false",
      "--outDir",
      join(folder, "types"),
    ];
    run("tsc", ["-p", "packages/sojourn/tsconfig.build.json", ...declarations]);
    const paths = Object.fromEntries(
      entryPoints().map(({ name, source }) => [
        name,
        [join(folder, "types", source.slice("src/".length).replace(/ts$/, "d.ts"))],
      ]),
    );
    for (const { name, kind, code } of examples) writeFileSync(join(folder, `${name}.${kind}`), code);
    writeFileSync(join(folder, "bundler.d.ts"), 'declare module "*.css";\n');
    mkdirSync(join(folder, "generated/prisma"), { recursive: true });
    writeFileSync(join(folder, "generated/prisma/client.ts"), prismaClient);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...appOptions, paths }, include: ["*.ts", "*.tsx"] }),
    );
    expect(examples.length).toBeGreaterThan(10);
    expect(() => run("tsc", ["-p", folder])).not.toThrow();
  }, 120_000);
});

describe("the read-me pages", () => {
  it("of the package and the repository agree on what Sojourn is and promises", () => {
    const [repository, published] = [read("README.md"), read("packages/sojourn/README.md")];
    const paragraph = (text: string): string => text.split("\n\n")[1] ?? "";
    expect(paragraph(published)).toBe(paragraph(repository));
    const promises = (text: string): string =>
      /^## What each strategy promises\n\n([^]*?)\n\n/m.exec(text)?.[1] ?? "";
    expect(promises(repository)).toContain("| stateful |");
    expect(promises(published)).toBe(promises(repository));
  });
});
