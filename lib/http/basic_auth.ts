// HTTP Basic authentication (RFC 7617) for one user. Checking a bcrypt hash is expensive on purpose, so correct credentials
// are remembered as a digest under a key of this process, and a hash is checked once, not for every scrape.

import { Buffer } from "node:buffer";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import bcrypt from "bcryptjs";
import type { Clock } from "../async/clock.ts";

/** bcrypt ignores what follows in a password. */
const MAX_BCRYPT_BYTES = 72;
/** Checks of a hash take this time at once, and from then on a share of the time, so that wrong guesses cost no more. */
const CHECKING_BUDGET_MS = 2000;
const CHECKING_SHARE = 0.01;
/** The share for addresses that have given nothing wrong yet: wrong guesses at other addresses do not block them. */
const FIRST_CHECKING_SHARE = 0.05;
/** Addresses that have given something wrong; beyond this number the oldest are forgotten. */
const MAX_KNOWN_ADDRESSES = 1000;

export interface Credentials {
  readonly username: string;
  /** The password itself, or its hash by bcrypt. */
  readonly password: string;
}

interface CheckingBudget {
  leftMs: number;
  /** The time of the last check. */
  atMs: number;
  readonly share: number;
}

/** `busy`: not checked, because the time for checks is used up. */
export type LoginResult = "right" | "wrong" | "busy";

export class BasicAuth {
  readonly #digestKey = randomBytes(32);
  readonly #clock: Clock;
  readonly #username: Uint8Array;
  readonly #hash: string | undefined;
  /** The digest of the correct credentials; with a hash it is undefined until a client has given them. */
  #known: Uint8Array | undefined;
  /** One check after the other. */
  #checked: Promise<unknown> = Promise.resolve();
  readonly #budget: CheckingBudget;
  readonly #firstBudget: CheckingBudget;
  readonly #wrongAddresses = new Set<string>();

  constructor({ username, password }: Credentials, clock: Clock) {
    this.#clock = clock;
    const nowMs = clock.monotonicMs();
    this.#budget = { leftMs: CHECKING_BUDGET_MS, atMs: nowMs, share: CHECKING_SHARE };
    this.#firstBudget = { leftMs: CHECKING_BUDGET_MS, atMs: nowMs, share: FIRST_CHECKING_SHARE };
    this.#username = this.#digest(username);
    this.#hash = /^\$2[aby]\$/.test(password) ? password : undefined;
    this.#known = this.#hash === undefined ? this.#digest(`${username}:${password}`) : undefined;
  }

  /** Checks the value of an Authorization header, one byte a character; undefined for none. */
  async check(authorization: string | undefined, address = ""): Promise<LoginResult> {
    const [, encoded] = /^basic +([a-z0-9+/]+={0,2})$/i.exec(authorization ?? "") ?? [];
    if (encoded === undefined) return "wrong";
    const given = Buffer.from(encoded, "base64").toString();
    const known = this.#compare(given);
    if (known !== undefined) return known;
    const result = this.#checked.then(() => this.#compare(given) ?? this.#checkHash(given, address));
    this.#checked = result;
    return await result;
  }

  /** Undefined where only the hash can tell. */
  #compare(given: string): LoginResult | undefined {
    if (this.#known === undefined) return undefined;
    return timingSafeEqual(this.#digest(given), this.#known) ? "right" : "wrong";
  }

  /** A wrong name costs as much as a wrong password, and so does not give itself away. */
  async #checkHash(given: string, address: string): Promise<LoginResult> {
    const begunMs = this.#clock.monotonicMs();
    const budgets = this.#wrongAddresses.has(address) ? [this.#budget] : [this.#budget, this.#firstBudget];
    for (const budget of budgets) {
      budget.leftMs = Math.min(CHECKING_BUDGET_MS, budget.leftMs + (begunMs - budget.atMs) * budget.share);
      budget.atMs = begunMs;
    }
    const budget = budgets.find(({ leftMs }) => leftMs > 0);
    if (budget === undefined) return "busy";
    const colon = given.indexOf(":");
    const password = given.slice(colon + 1);
    const isHashed = await bcrypt.compare(password, this.#hash ?? "");
    budget.leftMs -= this.#clock.monotonicMs() - begunMs;
    const isUser = timingSafeEqual(this.#digest(given.slice(0, Math.max(0, colon))), this.#username);
    if (!isHashed || !isUser || Buffer.byteLength(password) > MAX_BCRYPT_BYTES) {
      this.#rememberWrong(address);
      return "wrong";
    }
    this.#known = this.#digest(given);
    return "right";
  }

  #rememberWrong(address: string): void {
    const [oldest = ""] = this.#wrongAddresses;
    if (this.#wrongAddresses.size >= MAX_KNOWN_ADDRESSES) this.#wrongAddresses.delete(oldest);
    this.#wrongAddresses.add(address);
  }

  #digest(text: string): Uint8Array {
    return createHmac("sha256", this.#digestKey).update(text).digest();
  }
}
