import type { Route } from "./route.ts";
import { emptyInput } from "./schemas.ts";
import * as schemas from "./user-data-schemas.ts";
import type * as types from "./user-data-types.ts";

/** The routes of what is held about a user, by name. */
export interface UserDataContract {
  readonly activity: Route<types.ActivityInput, types.ActivityReply>;
  readonly exportUser: Route<Record<string, never>, object>;
}

/** What is held about the user who asks. */
export const userDataRoutes: UserDataContract = {
  activity: {
    method: "GET",
    body: "none",
    path: "/activity",
    inImpersonation: true,
    access: "session",
    summary: "What happened to the user's account and sessions, newest first, where events are kept.",
    input: schemas.activityInput,
    query: schemas.activityQuery,
    output: schemas.activityReply,
    errors: ["not_found"],
  },
  exportUser: {
    method: "GET",
    body: "none",
    path: "/export",
    // All at once is for the user alone to take away.
    inImpersonation: false,
    access: "session",
    summary: "All that is held about the user, as one JSON document to keep.",
    input: emptyInput,
    output: null,
    errors: ["not_found", "step_up_required"],
  },
};
