// The sources of AWS's credentials, on endpoints whose answers the test chooses.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type AwsEnvironment, readAwsEnvironment } from "../../lib/config/aws_environment.ts";
import { credentialsSource } from "../../lib/tokens/credentials_source.ts";
import { MskTokens } from "../../lib/tokens/msk_tokens.ts";
import { TokenError } from "../../lib/tokens/token_error.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { silentLog } from "../fakes/silent_log.ts";

const SECRET = "zebra+crossing/7";
const SESSION = "session-of-zebra==";
/** It proves the process to an endpoint. */
const PROOF = "proof.of.zebra";
const REGION = "eu-central-1";
const SIGNAL = new AbortController().signal;
const VALUE = { accessKeyId: "AKID", secretAccessKey: SECRET, sessionToken: SESSION };
const ROLES_PATH = "/latest/meta-data/iam/security-credentials/";

type Answer = (request: Request) => Response | Promise<Response>;

interface Endpoint extends AsyncDisposable {
  readonly url: string;
  /** Method, path and query. */
  readonly seen: string[];
}

function startEndpoint(answer: Answer): Endpoint {
  const seen: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    seen.push(`${request.method} ${pathname}${search}`);
    return await answer(request);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    seen,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function environment(variables: Readonly<Record<string, string>>): AwsEnvironment {
  const set = new Map(Object.entries(variables));
  return readAwsEnvironment((name) => set.get(name));
}

function isoAfter(clock: ManualClock, seconds: number): string {
  return new Date(clock.nowMs() + seconds * 1000).toISOString();
}

function json(clock: ManualClock, { keyId = "AKID", seconds = 3600 } = {}): string {
  const keys = { AccessKeyId: keyId, SecretAccessKey: SECRET, Token: SESSION };
  return JSON.stringify({ Code: "Success", ...keys, Expiration: isoAfter(clock, seconds) });
}

function xml(clock: ManualClock, { seconds = 3600 } = {}): string {
  return `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Credentials>
      <AccessKeyId>AKID</AccessKeyId>
      <SecretAccessKey>${SECRET}</SecretAccessKey>
      <SessionToken>${SESSION}</SessionToken>
      <Expiration>${isoAfter(clock, seconds)}</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>`;
}

/** A source that asks an endpoint: what it is called, its environment, and a right answer. */
interface Row {
  readonly name: string;
  readonly variables: (url: string) => Record<string, string>;
  readonly right: (clock: ManualClock, options?: { seconds: number }) => string;
}

function rows(tokenFile: string): readonly Row[] {
  return [
    {
      name: "the container's endpoint",
      variables: (url) => ({
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/credentials?id=1`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: PROOF,
      }),
      right: json,
    },
    {
      name: "STS",
      variables: (url) => ({
        AWS_ROLE_ARN: "arn:aws:iam::1:role/r",
        AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
        AWS_ENDPOINT_URL_STS: url,
      }),
      right: xml,
    },
    {
      name: "the instance's metadata",
      variables: (url) => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url }),
      right: json,
    },
  ];
}

/** Version 2 of the metadata of an instance with a role; the last answer is as given. */
function metadata(last: Answer): Answer {
  return (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/latest/api/token") {
      return new Response(request.method === "PUT" ? PROOF : "", {
        status: request.method === "PUT" ? 200 : 405,
      });
    }
    if (request.headers.get("x-aws-ec2-metadata-token") !== PROOF) return new Response("", { status: 401 });
    return pathname === ROLES_PATH ? new Response("my-role") : last(request);
  };
}

function answerOf({ name }: Row, last: Answer): Answer {
  return name === "the instance's metadata" ? metadata(last) : last;
}

async function withTokenFile(test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, `${PROOF}\n`);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

async function failureOf(
  variables: Readonly<Record<string, string>>,
  clock: ManualClock = new ManualClock(),
): Promise<TokenError> {
  const source = credentialsSource(environment(variables), { clock, signal: SIGNAL, region: REGION });
  const error = await source.fetch().then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof TokenError, String(error));
  assert.doesNotMatch(error.message, /zebra/);
  return error;
}

Deno.test("credentialsSource() takes the first source that the environment names", () => {
  const keys = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s" };
  const container = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/credentials/1" };
  const identity = { AWS_ROLE_ARN: "r", AWS_WEB_IDENTITY_TOKEN_FILE: "f" };
  const cases: [variables: Record<string, string>, name: string][] = [
    [{ ...keys, ...container, ...identity }, "the environment"],
    [{ AWS_ACCESS_KEY_ID: "a", ...container, ...identity }, "the container's endpoint"],
    [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1/" }, "the container's endpoint"],
    [identity, "STS"],
    [{ AWS_ROLE_ARN: "r" }, "the instance's metadata"],
    [{ AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" }, "the instance's metadata"],
    [{ AWS_EC2_METADATA_DISABLED: "True" }, "nowhere"],
  ];
  for (const [variables, name] of cases) {
    const context = { clock: new ManualClock(), signal: SIGNAL, region: REGION };
    assert.equal(credentialsSource(environment(variables), context).name, name, JSON.stringify(variables));
  }
});

Deno.test("credentialsSource() gives keys of the environment without an end", async () => {
  const context = { clock: new ManualClock(), signal: SIGNAL, region: REGION };
  const keys = { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: SECRET };
  const ofUser = await credentialsSource(environment(keys), context).fetch();
  assert.deepEqual(ofUser, { value: { ...VALUE, sessionToken: undefined }, lifetimeMs: Infinity });
  const ofRole = credentialsSource(environment({ ...keys, AWS_SESSION_TOKEN: SESSION }), context);
  assert.deepEqual((await ofRole.fetch()).value, VALUE);
  const { condition } = await failureOf({ AWS_EC2_METADATA_DISABLED: "true" });
  assert.match(condition, /^there are no AWS credentials: the environment names none/);
});

Deno.test("every endpoint gives credentials with their lifetime", async () => {
  await withTokenFile(async (tokenFile) => {
    for (const row of rows(tokenFile)) {
      const clock = new ManualClock();
      await using server = startEndpoint(answerOf(row, () => new Response(row.right(clock))));
      const context = { clock, signal: SIGNAL, region: REGION };
      const source = credentialsSource(environment(row.variables(server.url)), context);
      assert.equal(source.name, row.name);
      assert.deepEqual(await source.fetch(), { value: VALUE, lifetimeMs: 3_600_000 }, row.name);
    }
  });
});

Deno.test("the container's endpoint gets the authorization, which a file may renew", async () => {
  await withTokenFile(async (file) => {
    const clock = new ManualClock();
    const authorizations: (string | null)[] = [];
    await using server = startEndpoint((request) => {
      authorizations.push(request.headers.get("authorization"));
      return new Response(json(clock));
    });
    const variables = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/v1/credentials?id=1`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "of the environment",
    };
    const context = { clock, signal: SIGNAL, region: REGION };
    await credentialsSource(environment(variables), context).fetch();
    const withFile = { ...variables, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file };
    const source = credentialsSource(environment(withFile), context);
    await source.fetch();
    await Deno.writeTextFile(file, "renewed");
    await source.fetch();
    assert.deepEqual(authorizations, ["of the environment", PROOF, "renewed"]);
    assert.deepEqual(new Set(server.seen), new Set(["GET /v1/credentials?id=1"]));
    await Deno.writeTextFile(file, "");
    assert.match((await failureOf(withFile)).condition, /^cannot read the authorization in .*: it is empty$/);
    const brokenLine = { ...variables, AWS_CONTAINER_AUTHORIZATION_TOKEN: "zebra\r\nx: y" };
    assert.match(
      (await failureOf(brokenLine)).condition,
      /^no AWS credentials from the container's endpoint/,
    );
  });
});

Deno.test("the authorization goes to no other machine without TLS", async () => {
  const addresses: readonly Readonly<Record<string, string>>[] = [
    { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "@127.0.0.1:1/zebra" },
    { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: ".example/zebra" },
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://192.0.2.1/zebra" },
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1@192.0.2.1/zebra" },
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: "ftp://127.0.0.1/zebra" },
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: "zebra" },
  ];
  for (const variables of addresses) {
    const { condition } = await failureOf({ ...variables, AWS_CONTAINER_AUTHORIZATION_TOKEN: PROOF });
    assert.equal(
      condition,
      "the address of the container's endpoint is neither https nor an address of this machine, of ECS or of EKS",
    );
  }
});

Deno.test("STS gets the role and the token, which is read anew each time", async () => {
  await withTokenFile(async (tokenFile) => {
    const clock = new ManualClock();
    const forms: unknown[] = [];
    await using server = startEndpoint(async (request) => {
      forms.push(Object.fromEntries(new URLSearchParams(await request.text())));
      return new Response(xml(clock));
    });
    const variables = {
      AWS_ROLE_ARN: "arn:aws:iam::1:role/r",
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      AWS_ENDPOINT_URL_STS: server.url,
    };
    const context = { clock, signal: SIGNAL, region: REGION };
    const source = credentialsSource(environment(variables), context);
    await source.fetch();
    await Deno.writeTextFile(tokenFile, "renewed");
    await source.fetch();
    const form = {
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: "arn:aws:iam::1:role/r",
      RoleSessionName: "rtcount",
    };
    assert.deepEqual(forms, [PROOF, "renewed"].map((WebIdentityToken) => ({ ...form, WebIdentityToken })));
    assert.deepEqual(new Set(server.seen), new Set(["POST /"]));
    await Deno.remove(tokenFile);
    const { condition } = await failureOf(variables);
    await Deno.writeTextFile(tokenFile, "");
    assert.match(condition, /^cannot read the token in .*: No such file/);
  });
});

Deno.test("STS's reasons have a remedy each, without the token that it repeats", async () => {
  await withTokenFile(async (tokenFile) => {
    const cases: [code: string, remedy: RegExp][] = [
      ["AccessDenied", /^correct the trust policy of the role/],
      ["ExpiredTokenException", /^see the program that renews/],
      ["InvalidIdentityToken", /^register the token's issuer/],
      ["constructor", /^check AWS_ROLE_ARN/],
    ];
    for (const [code, remedy] of cases) {
      const text = `<ErrorResponse><Error><Code>${code}</Code><Message>${PROOF}\nfails</Message></Error>` +
        "</ErrorResponse>";
      await using server = startEndpoint(() => new Response(text, { status: 400 }));
      const failure = await failureOf({
        AWS_ROLE_ARN: "r",
        AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
        AWS_ENDPOINT_URL_STS: server.url,
      });
      assert.ok(
        failure.condition.endsWith(`(status 400, ${code}: <secret> fails)`),
        failure.condition,
      );
      assert.match(failure.remedy, remedy);
    }
  });
});

Deno.test("the instance's metadata is asked by version 2 of its protocol", async () => {
  const clock = new ManualClock();
  await using server = startEndpoint(metadata(() => new Response(json(clock))));
  const context = { clock, signal: SIGNAL, region: REGION };
  const variables = { AWS_EC2_METADATA_SERVICE_ENDPOINT: `${server.url}/` };
  await credentialsSource(environment(variables), context).fetch();
  assert.deepEqual(server.seen, ["PUT /latest/api/token", `GET ${ROLES_PATH}`, `GET ${ROLES_PATH}my-role`]);
  const cases: [answers: Record<string, Response>, condition: string][] = [
    [{}, "the instance's metadata refuses /latest/api/token (status 404)"],
    [{ token: new Response("a b") }, "the instance's metadata has no session token"],
    [{ token: new Response("x".repeat(2000)) }, "the instance's metadata has no session token"],
    [{ token: new Response(PROOF) }, "the instance has no role"],
    [
      { token: new Response(PROOF), "": new Response(`<html>\n${PROOF}`) },
      `the instance's metadata has no role, but "<html>"`,
    ],
    [
      { token: new Response(PROOF), "": new Response(`../${PROOF}`) },
      `the instance's metadata has no role, but "../<secret>"`,
    ],
    [
      { token: new Response(PROOF), "": new Response("r\nother") },
      `the instance's metadata refuses ${ROLES_PATH}r (status 404)`,
    ],
  ];
  for (const [answers, condition] of cases) {
    await using server = startEndpoint((request) => {
      const last = new URL(request.url).pathname.split("/").at(-1) ?? "";
      return answers[last] ?? new Response(PROOF, { status: 404 });
    });
    const failure = await failureOf({ AWS_EC2_METADATA_SERVICE_ENDPOINT: server.url });
    assert.equal(failure.condition, condition);
  }
});

Deno.test("every endpoint's fault is named, without a part of its answer", async () => {
  await withTokenFile(async (tokenFile) => {
    for (const row of rows(tokenFile)) {
      const clock = new ManualClock();
      const right = row.right(clock);
      const cases: [answer: () => Response, condition: RegExp][] = [
        ...[401, 403, 404, 500].map((status): [() => Response, RegExp] => [
          () => new Response(right, { status }),
          new RegExp(`\\(?status ${status}[,)]`),
        ]),
        [
          () => new Response("<html>zebra</html>", { headers: { "content-type": "text/html" } }),
          /^the answer of .* (?:is not JSON|has no element Credentials)$/,
        ],
        [() => new Response(""), /^the answer of /],
        [() => new Response("z".repeat(10_000_000)), /: the answer is longer than 65536 bytes$/],
        [
          () => new Response(row.right(clock, { seconds: -60 })),
          /^the AWS credentials from .* expired at 2026-11-22T09:59:00.000Z, and the clock .* 2026-11-22T10:00:00.000Z$/,
        ],
        [() => new Response(right.replaceAll("AccessKeyId", "Other")), /has no AccessKeyId$/],
        [() => new Response(right.replaceAll("SecretAccessKey", "Other")), /has no SecretAccessKey$/],
        [() => new Response(right.replaceAll(/(?:Session)?Token/g, "Other")), /has no session token$/],
        [() => new Response(right.replaceAll(SESSION, "zebra\u0000")), /has no session token$|is not JSON$/],
        [() => new Response(right.replaceAll("Expiration", "Other")), /has no Expiration$/],
      ];
      for (const [answer, condition] of cases) {
        await using server = startEndpoint(answerOf(row, answer));
        const failure = await failureOf(row.variables(server.url), clock);
        assert.match(failure.condition, condition, row.name);
      }
    }
  });
});

Deno.test("every endpoint has 5 s for its answer", async () => {
  await withTokenFile(async (tokenFile) => {
    for (const row of rows(tokenFile)) {
      const clock = new ManualClock();
      const asked = Promise.withResolvers<void>();
      const answer = Promise.withResolvers<Response>();
      await using server = startEndpoint(answerOf(row, () => {
        asked.resolve();
        return answer.promise;
      }));
      const failed = failureOf(row.variables(server.url), clock);
      await asked.promise;
      clock.advance(5_000);
      const { condition } = await failed;
      assert.equal(condition, `no AWS credentials from ${row.name} at ${server.url}: no answer within 5 s`);
      answer.resolve(new Response(""));
    }
  });
});

/** The query of the address that a token is. */
function queryOf({ value }: { readonly value: string }): URLSearchParams {
  return new URL(Buffer.from(value, "base64url").toString()).searchParams;
}

Deno.test("MskTokens.token() signs with newer credentials before the present ones expire", async () => {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const log = { info: () => {}, warn: (message: string) => warnings.push(message) };
  let issued = 0;
  let isBroken = false;
  await using server = startEndpoint(() =>
    isBroken ? new Response("zebra", { status: 500 }) : new Response(json(clock, { keyId: `K${++issued}` }))
  );
  const variables = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/c` };
  const tokens = new MskTokens({ region: REGION, environment: environment(variables) }, {
    clock,
    log,
    signal: SIGNAL,
  });
  assert.equal(
    tokens.subject,
    `the token of the AWS credentials from the container's endpoint for ${REGION}`,
  );
  const first = await tokens.token();
  assert.equal(queryOf(first).get("X-Amz-Credential"), `K1/20261122/${REGION}/kafka-cluster/aws4_request`);
  assert.deepEqual([queryOf(first).get("X-Amz-Expires"), first.renewInMs], ["900", 675_000]);
  clock.advance(600_000);
  const second = await tokens.token();
  assert.deepEqual([issued, second.value === first.value], [1, false], "each login has a token of its own");
  clock.advance(49 * 60_000 - 600_000);
  assert.match(queryOf(await tokens.token()).get("X-Amz-Credential") ?? "", /^K2\//);

  isBroken = true;
  clock.advance(50 * 60_000);
  const last = await tokens.token();
  assert.match(queryOf(last).get("X-Amz-Credential") ?? "", /^K2\//);
  assert.equal(queryOf(last).get("X-Amz-Expires"), "600", "no token outlives its credentials");
  assert.match(warnings[0], /status 500.*; the present one is still good for 600 s;/);
  clock.advance(600_000);
  await assert.rejects(tokens.token(), TokenError);
  assert.doesNotMatch(warnings.join("\n"), /zebra/);
  isBroken = false;
  clock.advance(60_000);
  assert.match(queryOf(await tokens.token()).get("X-Amz-Credential") ?? "", /^K3\//);
});

Deno.test("MskTokens.onRejected() asks for newer credentials after a minute", async () => {
  const clock = new ManualClock();
  let issued = 0;
  await using server = startEndpoint(() => new Response(json(clock, { keyId: `K${++issued}` })));
  const variables = { AWS_CONTAINER_CREDENTIALS_FULL_URI: server.url };
  const tokens = new MskTokens({ region: REGION, environment: environment(variables) }, {
    clock,
    log: silentLog,
    signal: SIGNAL,
  });
  tokens.onRejected();
  await tokens.token();
  tokens.onRejected();
  await tokens.token();
  assert.equal(issued, 1);
  clock.advance(60_000);
  await tokens.token();
  assert.equal(issued, 2);
});
