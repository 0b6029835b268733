import { sessionHandler } from "sojourn/nuxt";

export default defineEventHandler(sessionHandler(auth));
