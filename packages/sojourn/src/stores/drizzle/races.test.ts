import { fileRaces } from "../app-connection.fixture.ts";

fileRaces("drizzle", new URL("./race-store.fixture.ts", import.meta.url));
