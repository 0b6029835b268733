import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import { getPrismaClient } from "@prisma/client/runtime/client";
import type { PrismaDatabase, PrismaQueries } from "./executor.ts";

/** It is there, but among the types of browsers. */
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => unknown };

type ClientConfig = Parameters<typeof getPrismaClient>[0];
type Provider = "sqlite" | "postgresql";

/**
 * What `prisma generate` writes for a schema without models: it configures the published runtime, and this is its
 * configuration. Generating it anew would need the whole command line of Prisma, and its downloads.
 */
function generatedFor(provider: Provider): ReturnType<typeof getPrismaClient> {
  const part = (name: string): string => `@prisma/client/runtime/query_compiler_fast_bg.${provider}.${name}`;
  const config: ClientConfig = {
    previewFeatures: [],
    clientVersion: "7.10.0",
    engineVersion: "0edf323efd1d98336f3f0a68684b56f689b900d3",
    activeProvider: provider,
    inlineSchema: `datasource db { provider = "${provider}" }`,
    runtimeDataModel: { models: {}, enums: {}, types: {} },
    parameterizationSchema: { strings: [], graph: Buffer.alloc(16).toString("base64") },
    compilerWasm: {
      getRuntime: () => import(part("mjs")),
      async getQueryCompilerWasmModule() {
        const { wasm } = (await import(part("wasm-base64.mjs"))) as { wasm: string };
        return new WebAssembly.Module(Buffer.from(wasm, "base64"));
      },
      importName: "./query_compiler_fast_bg.js",
    },
  };
  return getPrismaClient(config);
}

const clients = { sqlite: generatedFor("sqlite"), postgresql: generatedFor("postgresql") };

/** A client of Prisma, as far as tests need it. */
export interface TestClient extends PrismaDatabase {
  $transaction<Result>(work: (inside: PrismaQueries) => Promise<Result>): Promise<Result>;
  $disconnect(): Promise<void>;
}

/** As an app opens a file. */
export function prismaOnSqlite(file: string): TestClient {
  return new clients.sqlite({ adapter: new PrismaBetterSqlite3({ url: `file:${file}` }) });
}

/** As an app opens a database server. */
export function prismaOnPostgres(url: string): TestClient {
  return new clients.postgresql({ adapter: new PrismaPg({ connectionString: url, max: 4 }) });
}
