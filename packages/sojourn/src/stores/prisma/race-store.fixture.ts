import type { Store } from "../../ports/session-store.ts";
import { prismaOnSqlite } from "./client.fixture.ts";
import { prismaStore } from "./index.ts";

/** Opens the store in a process of a race. */
export function open(file: string): Store {
  const prisma = prismaOnSqlite(file);
  return { ...prismaStore(prisma, { dialect: "sqlite" }), close: () => prisma.$disconnect() };
}
