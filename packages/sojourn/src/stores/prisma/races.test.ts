import { appRaces } from "../app-connection.fixture.ts";

appRaces("prisma", new URL("./race-store.fixture.ts", import.meta.url));
