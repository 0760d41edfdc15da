// Answers of AWS's endpoints for credentials. They give credentials that can sign, or a TokenError whose message is short and
// without a part of the answer. The first byte selects the reader.

import assert from "node:assert/strict";
import { readJsonCredentials, readStsCredentials, readStsError } from "../../../lib/tokens/aws_answers.ts";
import { TokenError } from "../../../lib/tokens/token_error.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const SECRET = "zebra-crossing-7";
const EXPIRATION = "2026-11-22T16:00:00Z";
const MAX_MESSAGE_CHARACTERS = 1_000;
const CONTEXT = { name: "the endpoint", nowMs: Date.UTC(2026, 10, 22, 10) };

export const awsAnswers: FuzzTarget = {
  name: "aws-answers",
  seedCorpus: encodeAll([
    `\0{"AccessKeyId":"AKID","SecretAccessKey":"${SECRET}","Token":"t","Expiration":"${EXPIRATION}"}`,
    '\0{"Code":"Failed","Message":"no role"}',
    "\x01<Credentials><AccessKeyId>AKID</AccessKeyId>" +
    `<SecretAccessKey>${SECRET}</SecretAccessKey><SessionToken>t</SessionToken>` +
    `<Expiration>${EXPIRATION}</Expiration></Credentials>`,
    `\x02<Error><Code>AccessDenied</Code><Message>not with ${SECRET}</Message></Error>`,
    "\x02<html>",
  ]),
  dictionary: encodeAll([
    "AccessKeyId",
    "SecretAccessKey",
    "<SessionToken>",
    "</Expiration>",
    "<Credentials>",
    "<Code>",
    "</Message>",
    SECRET,
    EXPIRATION,
  ]),
  run(bytes) {
    const [choice = 0] = bytes;
    const text = new TextDecoder().decode(bytes.subarray(1));
    if (choice % 3 === 2) {
      const { said } = readStsError(text, [SECRET]);
      assert.ok(!said.includes(SECRET), "the secret is in the message");
      assert.ok(said.length <= MAX_MESSAGE_CHARACTERS, "the message is long");
      return;
    }
    const read = choice % 3 === 0 ? readJsonCredentials : readStsCredentials;
    try {
      const { value, lifetimeMs } = read(text, CONTEXT);
      for (const part of Object.values(value)) assert.match(String(part), /^[\x21-\x7e]+$/);
      assert.ok(lifetimeMs > 0 && Number.isFinite(lifetimeMs), `${lifetimeMs} ms`);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assert.ok(error instanceof TokenError, String(error));
      assert.ok(!error.message.includes(SECRET), "the secret is in the message");
      assert.ok(error.message.length <= MAX_MESSAGE_CHARACTERS, "the message is long");
    }
  },
};
