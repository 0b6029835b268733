import type { Device } from "../domain/device.ts";
import type { Place } from "../domain/place.ts";
import type { SessionRecord } from "../domain/session.ts";
import type { ClientPrivacy } from "./client-privacy.ts";
import { nameDevices } from "./device-names.ts";
import type { SessionClients } from "./session-clients.ts";

/** By what a user recognises where they are signed in. */
export interface ListedClient {
  readonly device: Device;
  readonly ip: string | null;
  /** Where the session began; null if nobody looked that up. */
  readonly place: Place | null;
}

/** What is shown of clients, by whom it is decided and kept. */
export interface ClientParts {
  readonly privacy: ClientPrivacy;
  readonly clients: SessionClients;
}

/** Where sessions of one user are used from, in their order. With it loads what names devices. */
export async function listedClients(
  userId: string,
  records: readonly SessionRecord[],
  { privacy, clients }: ClientParts,
): Promise<readonly ListedClient[]> {
  // Sessions may be older than the rules of privacy.
  const kept = await Promise.all(records.map(async (record) => privacy.kept(record)));
  const devices = nameDevices(kept.map(({ userAgent }) => userAgent));
  const sids = records.map(({ sid }) => sid);
  const places = await (await clients?.())?.placesOf(userId, sids);
  return records.map(({ sid }, i) => ({
    device: devices[i] as Device,
    ip: kept[i]?.ip ?? null,
    place: places?.get(sid) ?? null,
  }));
}
