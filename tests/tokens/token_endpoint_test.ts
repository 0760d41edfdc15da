import assert from "node:assert/strict";
import { OauthTokens } from "../../lib/tokens/oauth_tokens.ts";
import { TokenEndpoint, type TokenEndpointSettings } from "../../lib/tokens/token_endpoint.ts";
import { TokenError } from "../../lib/tokens/token_error.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { silentLog } from "../fakes/silent_log.ts";
import { freePorts } from "../machine/free_ports.ts";
import { startTokenServer } from "./fake_token_server.ts";

const SECRET = "p@ss~word/1";
const ISSUED = () => Response.json({ access_token: "t", token_type: "Bearer", expires_in: 60 });
const SIGNAL = new AbortController().signal;

function settings(url: string, overrides: Partial<TokenEndpointSettings> = {}): TokenEndpointSettings {
  return {
    url,
    clientId: "my app",
    proof: { secret: SECRET },
    scope: undefined,
    audience: undefined,
    ca: undefined,
    ...overrides,
  };
}

function endpoint(url: string, overrides: Partial<TokenEndpointSettings> = {}): TokenEndpoint {
  return new TokenEndpoint(settings(url, overrides), { clock: new ManualClock(), signal: SIGNAL });
}

async function failureOf(asked: TokenEndpoint): Promise<TokenError> {
  const error = await asked.fetch().then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof TokenError, String(error));
  assert.ok(!error.message.includes(SECRET), error.message);
  return error;
}

Deno.test("TokenEndpoint.fetch() sends the grant with the secret in the header, to the address as it stands", async () => {
  await using server = startTokenServer(ISSUED);
  const asked = endpoint(`${server.url}/application/o/token/?v=1`, { scope: "a b", audience: "kafka" });
  assert.deepEqual(await asked.fetch(), { value: "t", lifetimeMs: 60_000 });
  assert.deepEqual(server.seen, [{
    method: "POST",
    path: "/application/o/token/?v=1",
    authorization: `Basic ${btoa("my%20app:p%40ss~word%2F1")}`,
    form: { grant_type: "client_credentials", scope: "a b", audience: "kafka" },
  }]);
});

Deno.test("TokenEndpoint.fetch() reads the assertion anew for each token", async () => {
  await using server = startTokenServer(ISSUED);
  const assertionFile = await Deno.makeTempFile();
  try {
    const asked = endpoint(server.url, { proof: { assertionFile }, clientId: undefined });
    for (const assertion of ["a.b.c", "d.e.f"]) {
      await Deno.writeTextFile(assertionFile, `${assertion}\n`);
      await asked.fetch();
    }
    const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    assert.deepEqual(server.seen.map(({ form, authorization }) => [form, authorization]), [
      [{ grant_type: "client_credentials", client_assertion_type: type, client_assertion: "a.b.c" }, null],
      [{ grant_type: "client_credentials", client_assertion_type: type, client_assertion: "d.e.f" }, null],
    ]);
    await Deno.writeTextFile(assertionFile, "");
    const empty = await failureOf(asked);
    assert.equal(empty.condition, `cannot read the assertion in ${assertionFile}: it is empty`);
  } finally {
    await Deno.remove(assertionFile);
  }
  const gone = await failureOf(endpoint(server.url, { proof: { assertionFile } }));
  assert.match(gone.condition, /^cannot read the assertion in .*: No such file/);
});

Deno.test("TokenEndpoint.fetch() shows no secret that a server repeats", async () => {
  await using server = startTokenServer(({ authorization }) => {
    const repeated = `${SECRET} ${encodeURIComponent(SECRET)} ${authorization}`;
    return Response.json({ error: "invalid_client", error_description: repeated }, { status: 401 });
  });
  const { condition } = await failureOf(endpoint(server.url));
  assert.match(condition, /\(invalid_client: <secret> <secret> Basic <secret>\)$/);
});

Deno.test("TokenEndpoint.fetch() says why there is no answer", async () => {
  const [free] = freePorts(1);
  await using large = startTokenServer(() => Response.json({ access_token: "t".repeat(10_000_000) }));
  const rows: [url: string, condition: string][] = [
    [`http://127.0.0.1:${free}/t`, `no token from http://127.0.0.1:${free}/t: connection refused`],
    ["http://nowhere.invalid/t", "no token from http://nowhere.invalid/t: the host name is not known"],
    [`${large.url}/t`, `no token from ${large.url}/t: the answer is longer than 262144 bytes`],
  ];
  for (const [url, condition] of rows) assert.equal((await failureOf(endpoint(url))).condition, condition);
});

Deno.test("TokenEndpoint.fetch() waits 5 s for an answer", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  await using server = startTokenServer(() => {
    asked.resolve();
    return answer.promise;
  });
  const clock = new ManualClock();
  const failed = failureOf(new TokenEndpoint(settings(server.url), { clock, signal: SIGNAL }));
  await asked.promise;
  clock.advance(5_000);
  assert.equal((await failed).condition, `no token from ${server.url}: no answer within 5 s`);
  answer.resolve(ISSUED());
});

Deno.test("OauthTokens.token() adds the extensions, and replaces a rejected token after a minute", async () => {
  let issued = 0;
  await using server = startTokenServer(() =>
    Response.json({ access_token: `t${++issued}`, expires_in: 600 })
  );
  const clock = new ManualClock();
  const extensions = new Map([["logicalCluster", "lkc-1"]]);
  const tokens = new OauthTokens({ ...settings(`${server.url}/t`), extensions }, {
    clock,
    log: silentLog,
    signal: SIGNAL,
  });
  assert.equal(tokens.subject, `the token from ${server.url}/t`);
  const first = await tokens.token();
  assert.deepEqual([first.value, first.extensions], ["t1", extensions]);
  tokens.onRejected(first);
  clock.advance(60_000);
  assert.equal((await tokens.token()).value, "t2");
});
