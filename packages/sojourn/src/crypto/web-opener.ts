import type { TokenKind } from "../domain/claims.ts";
import type { Signer, TokenRefusal } from "../ports/signer.ts";
import type { JwsAlgorithm } from "./algorithms.ts";
import { bytesFromBase64url, utf8 } from "./base64url.ts";
import { isCanonicalBase64url, isCompactJws, parseJson } from "./format.ts";
import { findByHeader, keyIdOf } from "./jws-header.ts";
import type { VerifyingKey } from "./web-mac-key.ts";

/** Opens tokens of one kind and one algorithm by WebCrypto. It signs none. */
export class WebOpener implements Pick<Signer, "open" | "refusal" | "revision"> {
  readonly #alg: JwsAlgorithm;
  #keys: readonly VerifyingKey[] = [];
  /** The ids that the server's ring has; null where nobody said. */
  #allowed: readonly string[] | null = null;
  #trusted: readonly VerifyingKey[] = [];
  #revision = 0;

  constructor(alg: JwsAlgorithm) {
    this.#alg = alg;
  }

  /** Takes these keys for all there are. */
  replace(keys: readonly VerifyingKey[]): void {
    this.#keys = keys;
    this.#choose();
  }

  /** Trusts no key but those of these ids, from now on. */
  allow(ids: readonly string[]): void {
    if (this.#allowed?.join() === ids.join()) return;
    this.#allowed = ids;
    this.#choose();
  }

  get revision(): number {
    return this.#revision;
  }

  async open(_kind: TokenKind, token: string): Promise<unknown> {
    const key = isCompactJws(token) ? findByHeader(this.#trusted, token) : undefined;
    if (key === undefined) return null;
    const dot = token.lastIndexOf(".");
    const payload = token.slice(key.prefix.length, dot);
    const signature = token.slice(dot + 1);
    if (!isCanonicalBase64url(payload) || !isCanonicalBase64url(signature)) return null;
    const [content, bytes] = [bytesFromBase64url(payload), bytesFromBase64url(signature)];
    if (content === null || bytes === null) return null;
    if (!(await key.verify(utf8(token.slice(0, dot)), bytes))) return null;
    return parseJson(new TextDecoder("utf-8", { ignoreBOM: true }).decode(content));
  }

  refusal(kind: TokenKind, token: string): TokenRefusal {
    const id = keyIdOf(this.#alg, kind, token);
    return id === null || this.#trusted.some((key) => key.id === id) ? "signature_invalid" : "key_unknown";
  }

  #choose(): void {
    const allowed = this.#allowed;
    this.#trusted = this.#keys.filter(({ id }) => allowed === null || allowed.includes(id));
    this.#revision += 1;
  }
}
