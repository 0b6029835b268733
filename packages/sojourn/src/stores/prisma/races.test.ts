import { fileRaces } from "../app-connection.fixture.ts";

fileRaces("prisma", new URL("./race-store.fixture.ts", import.meta.url));
