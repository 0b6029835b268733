import { type Device, longestUserAgent } from "../domain/device.ts";
import type { Place } from "../domain/place.ts";
import type { RequestContext } from "../domain/request-context.ts";
import type { SessionRecord } from "../domain/session.ts";
import type { ClientPrivacy } from "./client-privacy.ts";
import { nameDevices } from "./device-names.ts";
import type { Origins } from "./origins.ts";

/** By what a user recognises where they are signed in. */
export interface ListedClient {
  readonly device: Device;
  readonly ip: string | null;
  /** Where the session began; null if nobody looked that up. */
  readonly place: Place | null;
}

/** What a job may know of where a session is used from. */
export interface StoredClient extends RequestContext, Pick<ListedClient, "place"> {}

/** Shows where stored sessions are used from, as far as the app wants that known. */
export class SessionClients {
  readonly #privacy: ClientPrivacy;
  readonly #origins: Origins | null;

  /** @param origins null where none are kept. */
  constructor(privacy: ClientPrivacy, origins: Origins | null) {
    this.#privacy = privacy;
    this.#origins = origins;
  }

  /** Of sessions of one user, in their order. */
  async listed(userId: string, records: readonly SessionRecord[]): Promise<readonly ListedClient[]> {
    // Sessions may be older than the rules of privacy.
    const kept = await Promise.all(records.map(async (record) => this.#privacy.kept(record)));
    const devices = await nameDevices(kept.map(({ userAgent }) => userAgent));
    const sids = records.map(({ sid }) => sid);
    const places = sids.length === 0 ? undefined : await this.#origins?.placesOf(userId, sids);
    return records.map(({ sid }, i) => ({
      device: devices[i] as Device,
      ip: kept[i]?.ip ?? null,
      place: places?.get(sid) ?? null,
    }));
  }

  async stored(record: SessionRecord): Promise<StoredClient> {
    const { ip, userAgent } = await this.#privacy.told(record);
    const place = (await this.#origins?.placeOf(record.sid)) ?? null;
    return { ip, userAgent: userAgent?.slice(0, longestUserAgent) ?? null, place };
  }
}
