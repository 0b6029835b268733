import { appRaces } from "../app-connection.fixture.ts";

appRaces("kysely", new URL("./race-store.fixture.ts", import.meta.url));
