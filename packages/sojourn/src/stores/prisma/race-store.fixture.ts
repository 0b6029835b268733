import type { Store } from "../../ports/session-store.ts";
import { prismaOnPostgres, prismaOnSqlite } from "./client.fixture.ts";
import { prismaStore } from "./index.ts";

/** Opens the store in a process of a race. @param where a file, or the URL of a database. */
export function open(where: string): Store {
  const dialect = where.startsWith("postgres:") ? "postgres" : "sqlite";
  const prisma = dialect === "postgres" ? prismaOnPostgres(where) : prismaOnSqlite(where);
  return { ...prismaStore(prisma, { dialect }), close: () => prisma.$disconnect() };
}
