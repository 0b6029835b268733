import { fileRaces } from "../app-connection.fixture.ts";

fileRaces("kysely", new URL("./race-store.fixture.ts", import.meta.url));
