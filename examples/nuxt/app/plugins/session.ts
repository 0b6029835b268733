import type { Snapshot, StoredUser } from "sojourn";

/** Hands what the server knows of the session to the client of the page. */
export default defineNuxtPlugin(async () => {
  const snapshot = useState<Snapshot<StoredUser, object> | null | undefined>("session");
  if (import.meta.server) snapshot.value = await useRequestEvent()?.context.auth.snapshot();
  else if (snapshot.value !== undefined) client.hydrate(snapshot.value);
});
