import { createHash } from "node:crypto";

/** A Lua script, and the name by which a server that has seen it once runs it again. */
export class Script {
  readonly text: string;
  /** SHA-1 in hex, as EVALSHA wants it: a name, no protection. */
  readonly sha: string;

  constructor(text: string) {
    this.text = text;
    this.sha = createHash("sha1").update(text).digest("hex");
  }
}
