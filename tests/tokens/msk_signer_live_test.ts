// The tokens for Amazon MSK are those of AWS's own signer for JavaScript. It brings a large SDK, so it runs in a process of
// its own, outside of this project's configuration and lock file.

import assert from "node:assert/strict";
import { mskToken } from "../../lib/tokens/msk_token.ts";

const SIGNER = "npm:aws-msk-iam-sasl-signer-js@1.0.3";
const USER_AGENT = "aws-msk-iam-sasl-signer-js/1.0.3";
const REGIONS = ["eu-central-1", "us-gov-west-1", "cn-north-1"];
const TIMES_MS = [Date.UTC(2015, 7, 30, 12, 36), Date.UTC(2028, 1, 29, 23, 59, 59, 999)];
const CREDENTIALS = [
  {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    sessionToken: undefined,
  },
  // Session tokens are base64.
  { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "a+b/c=", sessionToken: "IQoJb3JpZ2lu//+a/b+c==" },
];

/** All combinations, in the order in which both sides sign them. */
const CASES = REGIONS.flatMap((region) =>
  TIMES_MS.flatMap((nowMs) => CREDENTIALS.map((credentials) => ({ region, nowMs, credentials })))
);

const PROGRAM = `
import { generateAuthTokenFromCredentialsProvider } from "${SIGNER}";
const tokens = [];
const SystemDate = Date;
for (const { region, nowMs, credentials } of ${JSON.stringify(CASES)}) {
  globalThis.Date = class extends SystemDate {
    constructor(...parts) {
      super(...(parts.length === 0 ? [nowMs] : parts));
    }
    static now() {
      return nowMs;
    }
  };
  const awsCredentialsProvider = () => Promise.resolve(credentials);
  tokens.push((await generateAuthTokenFromCredentialsProvider({ region, awsCredentialsProvider })).token);
}
console.log(JSON.stringify(tokens));
`;

async function runDeno(args: readonly string[], program = ""): Promise<Deno.CommandOutput> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  return await output;
}

/** Why the signer is not available. */
async function missingSigner(): Promise<string | undefined> {
  const { success, stderr } = await runDeno(["cache", "--no-lock", "--no-config", SIGNER]);
  if (success) return undefined;
  return new TextDecoder().decode(stderr).trim().split("\n", 1)[0];
}

const missing = await missingSigner();

Deno.test({
  name: `mskToken() gives the token of AWS's signer${
    missing === undefined ? "" : ` (no ${SIGNER}: ${missing})`
  }`,
  ignore: missing !== undefined,
}, async () => {
  const { success, stdout, stderr } = await runDeno(
    ["run", "--quiet", "--no-lock", "--no-config", "--allow-env", "--allow-read", "--allow-sys", "-"],
    PROGRAM,
  );
  assert.ok(success, new TextDecoder().decode(stderr));
  const theirs: string[] = JSON.parse(new TextDecoder().decode(stdout));
  const ours = await Promise.all(
    CASES.map(({ region, nowMs, credentials }) =>
      mskToken(credentials, { region, nowMs, expiresInSeconds: 900, userAgent: USER_AGENT })
    ),
  );
  const decoded = (tokens: readonly string[]) =>
    tokens.map((token) => atob(token.replace(/-/g, "+").replace(/_/g, "/")));
  assert.deepEqual(decoded(ours), decoded(theirs));
  assert.deepEqual(ours, theirs);
});
