import { authRoute } from "sojourn/react-router";
import { auth } from "../auth.server.ts";

export const loader = authRoute(auth);
export const action = authRoute(auth);
