import { SojournError } from "../../domain/errors.ts";
import type { Commands } from "./commands.ts";
import type { KeyNames } from "./key-names.ts";
import { inspectScript } from "./lua-scripts.ts";

/**
 * Asks every server whether it will do, and writes down in how many shards the store is laid out.
 *
 * @throws {SojournError} `config_invalid` for a server before 7.0, for one that may drop sessions to make
 * room, and for another number of shards than before; `store_unavailable` where a server does not answer.
 */
export async function checkServers(
  commands: Commands,
  keys: KeyNames,
  allowEviction: boolean,
): Promise<void> {
  const shards = Array.from({ length: keys.shards }, (_, shard) => shard);
  await Promise.all(
    shards.map(async (shard) => {
      const facts = await commands.run(inspectScript, [keys.over(shard)], [], true);
      checkServer(String(facts), allowEviction);
    }),
  );
  await checkLayout(commands, keys);
}

/** @param facts as INFO gives them; empty where it is forbidden, and then nothing can be said. */
function checkServer(facts: string, allowEviction: boolean): void {
  const fact = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(facts)?.[1];
  const version = fact("redis_version");
  if (version !== undefined && Number.parseInt(version, 10) < 7) {
    throw unfit(`redis() needs Redis 7.0 or later, or Valkey; this server is Redis ${version}.`);
  }
  const policy = fact("maxmemory_policy") ?? "noeviction";
  // Without a limit nothing is ever dropped, whatever the policy.
  if (allowEviction || policy === "noeviction" || fact("maxmemory") === "0") return;
  throw unfit(
    `This Redis server drops keys when it is full (maxmemory-policy ${policy}): people would be signed out, ` +
      "and sessions that were ended might not be heard of. Set maxmemory-policy to noeviction, or say allowEviction: true.",
  );
}

async function checkLayout(commands: Commands, keys: KeyNames): Promise<void> {
  const ours = `1:${keys.shards}`;
  const set = ["SET", keys.layout(), ours, "NX", "GET"];
  const known = (await commands.write(keys.layout(), set)) as string | null;
  if (known === null || known === ours) return;
  throw unfit(
    `These sessions are laid out in another way: ${known}, not ${ours} (form and shards). ` +
      "With other shards nobody would find theirs; keep the number, or take another prefix.",
  );
}

function unfit(detail: string): SojournError {
  return new SojournError("config_invalid", { detail });
}
