import { appRaces } from "../app-connection.fixture.ts";

appRaces("drizzle", new URL("./race-store.fixture.ts", import.meta.url));
