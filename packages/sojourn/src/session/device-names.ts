import type { Device } from "../domain/device.ts";

/**
 * Names the devices of a list. The parser is loaded when the first list is asked for.
 *
 * @param userAgents as they are kept.
 */
export async function nameDevices(userAgents: readonly (string | null)[]): Promise<readonly Device[]> {
  const [{ parseDevice }, { readAgent }] = await Promise.all([
    import("./agent-parser.ts"),
    import("./kept-agent.ts"),
  ]);
  return userAgents.map((userAgent) => {
    const reduced = readAgent(userAgent);
    return reduced === null ? parseDevice(userAgent) : (reduced.device ?? parseDevice(null));
  });
}
