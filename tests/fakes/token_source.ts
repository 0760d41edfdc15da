// A source whose tokens a test makes.

import type { BearerToken, TokenSource } from "../../lib/kafka/connection/broker_security.ts";

/** Always the same token, or one that is made at each login. */
export function tokensOf(token: string | (() => BearerToken)): TokenSource {
  return {
    subject: "the token of the test",
    token: () => Promise.resolve(typeof token === "string" ? { value: token } : token()),
  };
}
