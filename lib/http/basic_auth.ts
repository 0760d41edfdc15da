// Who may ask: one user with one password, HTTP Basic (RFC 7617). What was found right is remembered as a digest under a
// key of this process, so that a hash, which is dear to check on purpose, is checked once and not for every scrape.

import { Buffer } from "node:buffer";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import bcrypt from "bcryptjs";
import type { Clock } from "../clock.ts";

/** bcrypt knows no more of a password. */
const MAX_BCRYPT_BYTES = 72;
/** After a check of a hash the next one waits so many times as long as it took: guessers get a hundredth of the time. */
const REST_FACTOR = 100;

export interface Credentials {
  readonly username: string;
  /** The password itself, or its hash by bcrypt. */
  readonly password: string;
}

/** `busy`: not checked, since others have just been. */
export type Verdict = "right" | "wrong" | "busy";

export class BasicAuth {
  readonly #digestKey = randomBytes(32);
  readonly #clock: Clock;
  readonly #username: Uint8Array;
  readonly #hash: string | undefined;
  /** Of the credentials that are right; undefined until they have been given, where only a hash is known. */
  #known: Uint8Array | undefined;
  #restsUntilMs = -Infinity;

  constructor({ username, password }: Credentials, clock: Clock) {
    this.#clock = clock;
    this.#username = this.#digest(username);
    this.#hash = /^\$2[aby]\$/.test(password) ? password : undefined;
    this.#known = this.#hash === undefined ? this.#digest(`${username}:${password}`) : undefined;
  }

  /** Judges the value of an Authorization header, one byte a character; undefined for none. */
  async check(authorization: string | undefined): Promise<Verdict> {
    const [, encoded] = /^basic +([a-z0-9+/]+={0,2})$/i.exec(authorization ?? "") ?? [];
    if (encoded === undefined) return "wrong";
    const given = Buffer.from(encoded, "base64").toString();
    const digest = this.#digest(given);
    if (this.#known !== undefined) return timingSafeEqual(digest, this.#known) ? "right" : "wrong";
    if (this.#hash === undefined) return "wrong";
    return await this.#checkHash(this.#hash, { given, digest });
  }

  /** A wrong name costs as much as a wrong password, and so does not give itself away. */
  async #checkHash(hash: string, { given, digest }: { given: string; digest: Uint8Array }): Promise<Verdict> {
    const begunMs = this.#clock.monotonicMs();
    if (begunMs < this.#restsUntilMs) return "busy";
    this.#restsUntilMs = Infinity;
    const colon = given.indexOf(":");
    const password = given.slice(colon + 1);
    try {
      const isHashed = await bcrypt.compare(password, hash);
      const isUser = timingSafeEqual(this.#digest(given.slice(0, Math.max(0, colon))), this.#username);
      if (!isHashed || !isUser || Buffer.byteLength(password) > MAX_BCRYPT_BYTES) return "wrong";
      this.#known = digest;
      return "right";
    } finally {
      const endedMs = this.#clock.monotonicMs();
      this.#restsUntilMs = endedMs + (endedMs - begunMs) * REST_FACTOR;
    }
  }

  #digest(text: string): Uint8Array {
    return createHmac("sha256", this.#digestKey).update(text).digest();
  }
}
