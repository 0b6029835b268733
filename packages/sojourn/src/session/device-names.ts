import type { Device } from "../domain/device.ts";
import { parseDevice } from "./agent-parser.ts";
import { readAgent } from "./kept-agent.ts";

/**
 * Names the devices of a list.
 *
 * @param userAgents as they are kept.
 */
export function nameDevices(userAgents: readonly (string | null)[]): readonly Device[] {
  return userAgents.map((userAgent) => {
    const reduced = readAgent(userAgent);
    return reduced === null ? parseDevice(userAgent) : (reduced.device ?? parseDevice(null));
  });
}
