/**
 * The spaces whose entries are a user's and go with them. What keeps anything of a user among the entries, with the
 * user's id as their owner, is named here.
 */
export const userSpaces: readonly string[] = ["identity", "provider-token", "session-client", "event"];

/** Where sessions began and are used from, by sid. */
export const clientSpace = "session-client";
