import { toRouteHandlers } from "sojourn/next";
import { auth } from "../../../lib/auth";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = toRouteHandlers(auth);
