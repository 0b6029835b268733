import { createContext } from "react-router";
import type { RequestAuthOf } from "sojourn/react-router";
import type { auth } from "./auth.server.ts";

export const sessionContext = createContext<RequestAuthOf<typeof auth>>();
