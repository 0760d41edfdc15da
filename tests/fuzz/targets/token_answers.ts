// Answers of a token endpoint. They give a token that fits into a login, or a TokenError whose message is short and without
// the secret. The first byte selects the status.

import assert from "node:assert/strict";
import { readTokenAnswer } from "../../../lib/tokens/token_answer.ts";
import { TokenError } from "../../../lib/tokens/token_error.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const SECRET = "zebra-crossing-7";
const STATUSES = [200, 302, 400, 401, 403, 404, 429, 503];
const MAX_MESSAGE_CHARACTERS = 1_000;

export const tokenAnswers: FuzzTarget = {
  name: "token-answers",
  seedCorpus: encodeAll([
    '\0{"access_token":"eyJ.e30.x","token_type":"Bearer","expires_in":3600}',
    '\0{"access_token":"x.eyJleHAiOjE3MDAwMDAwMDAsImlhdCI6MTYwMDAwMDAwMH0.y"}',
    `\x03{"error":"invalid_client","error_description":"${SECRET} is wrong"}`,
    '\x02{"error":"invalid_scope"}',
    "\0<html>",
    '\0{"access_token":"t","expires_in":1e300}',
    "\0[[[[[[[[",
  ]),
  dictionary: encodeAll([
    "access_token",
    "token_type",
    "expires_in",
    "error",
    "error_description",
    SECRET,
    "Bearer",
    "-1",
  ]),
  run(bytes) {
    const [choice = 0] = bytes;
    const text = new TextDecoder().decode(bytes.subarray(1));
    const request = {
      url: "https://idp/token",
      clientId: "app",
      assertionFile: (choice & 0x80) === 0 ? undefined : "/run/assertion",
      scope: "kafka",
      audience: undefined,
      secrets: [SECRET],
    };
    try {
      const { value, lifetimeMs } = readTokenAnswer(
        { status: STATUSES[choice % STATUSES.length], text },
        request,
      );
      assert.match(value, /^[\x21-\x7e]+$/);
      assert.ok(lifetimeMs > 0, `${lifetimeMs} ms`);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assert.ok(error instanceof TokenError, String(error));
      assert.ok(!error.message.includes(SECRET), "the secret is in the message");
      assert.ok(error.message.length <= MAX_MESSAGE_CHARACTERS, "the message is long");
    }
  },
};
