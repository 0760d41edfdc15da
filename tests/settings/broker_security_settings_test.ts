// The keys `tls` and `sasl` of a Kafka source: what goes together, and that no secret is told.

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseConfig } from "../../lib/config/load.ts";
import { changeConfig } from "../../lib/config/reload.ts";
import type { Config } from "../../lib/config/schema.ts";
import { formatConfig, showConfig } from "../../lib/config/show.ts";
import { kafka, problemsOf, SECRET } from "./broker_security.ts";

const MECHANISMS = "plain, scram-sha-256, scram-sha-512, oauthbearer, aws-msk-iam";
const DISABLED = "has no effect while tls.enabled is false, wanted enabled: true, or no such key";

Deno.test("parseConfig() reports keys of tls and sasl that exclude each other", async () => {
  const cases: [lines: string, ...problems: string[]][] = [
    [
      "tls: {ca_file: a, cert_file: b, key_file: c, server_name: d}",
      `5:20: source.kafka.tls.ca_file: ${DISABLED}`,
      `5:34: source.kafka.tls.cert_file: ${DISABLED}`,
      `5:47: source.kafka.tls.key_file: ${DISABLED}`,
      `5:63: source.kafka.tls.server_name: ${DISABLED}`,
    ],
    [
      "tls: {verify: false}",
      "5:19: source.kafka.tls.verify: has no effect while tls.enabled is false, wanted enabled: true, or no such key",
    ],
    [
      "tls: {enabled: true, cert_file: b}",
      "5:37: source.kafka.tls.cert_file: needs key_file, wanted both or neither",
    ],
    [
      "tls: {enabled: true, key_file: b}",
      "5:36: source.kafka.tls.key_file: needs cert_file, wanted both or neither",
    ],
    [
      "tls: {enabled: true, server_name: 'a:1'}",
      '5:39: source.kafka.tls.server_name: is "a:1", wanted a host name or an IP address',
    ],
    [
      "sasl: {username: u, token_file: t}",
      `5:22: source.kafka.sasl.username: has no effect without mechanism, wanted a mechanism: ${MECHANISMS}`,
      `5:37: source.kafka.sasl.token_file: has no effect without mechanism, wanted a mechanism: ${MECHANISMS}`,
    ],
    [
      "sasl: {mechanism: scram-sha-1}",
      '5:23: source.kafka.sasl.mechanism: is "scram-sha-1", wanted plain, scram-sha-256, scram-sha-512, oauthbearer or aws-msk-iam' +
      ' (did you mean "scram-sha-512"?)',
    ],
    [
      "sasl: {mechanism: plain}",
      "5:23: source.kafka.sasl.mechanism: is plain, wanted a username with it",
      "5:23: source.kafka.sasl.mechanism: is plain, wanted a password_file or a password with it",
    ],
    [
      "sasl: {mechanism: plain, username: u, password: p, password_file: f}",
      "5:71: source.kafka.sasl.password_file: cannot be combined with password, wanted exactly one of password, password_file",
    ],
    [
      "sasl: {mechanism: scram-sha-512, username: u, password: p, token_file: f}",
      "5:76: source.kafka.sasl.token_file: has no effect with mechanism scram-sha-512, wanted with oauthbearer only",
    ],
    [
      "sasl: {mechanism: oauthbearer, username: u}",
      "5:23: source.kafka.sasl.mechanism: is oauthbearer, wanted a token_file or oauth with it",
      "5:46: source.kafka.sasl.username: has no effect with mechanism oauthbearer, wanted token_file or oauth only",
    ],
    [
      "sasl: {mechanism: plain, username: 5, password: 5}",
      "5:40: source.kafka.sasl.username: is 5, wanted a user name (in quotes it is text)",
      "5:53: source.kafka.sasl.password: is wrong, wanted a password (in quotes it is text)",
    ],
  ];
  for (const [lines, ...wanted] of cases) assert.deepEqual(await problemsOf(kafka(lines)), wanted, lines);
});

Deno.test("parseConfig() reports keys that do not go with aws-msk-iam, and a region that nothing names", async () => {
  const noRegion = "is aws-msk-iam, and no broker's name has the region, wanted aws.region with it";
  const alone = "has no effect with mechanism aws-msk-iam, wanted aws only";
  const cases: [sasl: string, ...problems: string[]][] = [
    ["mechanism: aws-msk-iam, aws: {region: eu-central-1}"],
    ["mechanism: aws-msk-iam", `mechanism: ${noRegion}`],
    ["mechanism: aws-msk-iam, aws: {}", `mechanism: ${noRegion}`],
    [
      "mechanism: aws-msk-iam, aws: {region: EU}",
      'aws.region: is "EU", wanted a region of AWS, such as eu-central-1',
    ],
    [
      `mechanism: aws-msk-iam, aws: {region: eu-central-1}, username: u, password: ${SECRET}, token_file: t`,
      `username: ${alone}`,
      `password: ${alone}`,
      `token_file: ${alone}`,
    ],
    [
      "mechanism: plain, username: u, password: p, aws: {region: eu-central-1}",
      "aws: has no effect with mechanism plain, wanted with aws-msk-iam only",
    ],
    [
      "aws: {region: eu-central-1}",
      `aws: has no effect without mechanism, wanted a mechanism: ${MECHANISMS}`,
    ],
  ];
  for (const [sasl, ...wanted] of cases) {
    const problems = await problemsOf(kafka(`sasl: {${sasl}}`));
    assert.deepEqual(
      problems.map((problem) => problem.replace(/^[\d:]+ source\.kafka\.sasl\./, "")),
      wanted,
      sasl,
    );
  }
  const brokers = "b-1.demo.abc123.c2.kafka.eu-central-1.amazonaws.com:9098";
  const named = kafka("sasl: {mechanism: aws-msk-iam}").replace("a:1", brokers);
  assert.deepEqual(await problemsOf(named), []);
});

Deno.test("parseConfig() reads AWS's variables with aws-msk-iam only, and nothing shows them", () => {
  const env = (name: string) => name.startsWith("AWS_") ? SECRET : undefined;
  const text = kafka("sasl: {mechanism: aws-msk-iam, aws: {region: eu-central-1}}");
  const config = parseConfig(text, { env });
  assert.equal(config.awsEnvironment?.get("AWS_SECRET_ACCESS_KEY"), SECRET);
  const yaml = formatConfig(config);
  assert.match(yaml, /^ {6}aws:\n {8}region: eu-central-1$/m);
  assert.ok(!yaml.includes(SECRET) && !JSON.stringify(showConfig(config)).includes(SECRET));
  assert.deepEqual(changeConfig(config, parseConfig(text, { env })).refused, []);
  assert.deepEqual(config.hints?.map(({ path, message }) => `${path} ${message}`), [
    "source.kafka.sasl sends the token in plain text: set source.kafka.tls.enabled to true",
  ]);
  const other = parseConfig(kafka("sasl: {mechanism: oauthbearer, token_file: t}"), { env });
  assert.equal(other.awsEnvironment, undefined);
});

/** Problems with keys of `oauth`, without their places and the path of the mapping. */
async function oauthProblems(keys: string): Promise<string[]> {
  const problems = await problemsOf(kafka(`sasl: {mechanism: oauthbearer, oauth: {${keys}}}`));
  return problems.map((problem) => problem.replace(/^[\d:]+ source\.kafka\.sasl\.oauth(?:: |\.)/, ""));
}

Deno.test("parseConfig() reports wrong keys of oauth, and keys that it excludes", async () => {
  const url = "token_url: 'https://idp/token'";
  const proofs = "client_secret, client_secret_file, client_assertion_file";
  const cases: [keys: string, ...problems: string[]][] = [
    [`${url}, client_id: c, client_secret: ${SECRET}`],
    [`${url}, client_id: c`, `has no proof of the client, wanted one of ${proofs}`],
    [`${url}, client_secret: ${SECRET}`, "has no client_id, wanted one with the secret"],
    [
      `${url}, client_id: c, client_secret: ${SECRET}, client_assertion_file: f`,
      `client_assertion_file: cannot be combined with client_secret, wanted exactly one of ${proofs}`,
    ],
    [
      `client_id: c, client_secret: ${SECRET}`,
      "token_url: is missing, wanted an http or https address without a login",
    ],
    ...["ftp://idp", "https://u:p@idp/token", "https://idp/#a", "idp"].map((wrong): [string, string] => [
      `token_url: '${wrong}', client_id: c, client_secret: ${SECRET}`,
      `token_url: is "${wrong.replace("u:p@", "<login>@")}", wanted an http or https address without a login`,
    ]),
    [
      `${url}, client_id: c, client_secret: 5`,
      "client_secret: is wrong, wanted a client's secret (in quotes it is text)",
    ],
    [
      `${url}, client_id: c, client_secret: x, scope: "a\\tb"`,
      'scope: is "a\\tb", wanted scopes, separated by spaces',
    ],
    [
      `${url}, client_id: c, client_secret: x, extensions: {auth: a, "a b": b, constructor: c, ok: "\\x01", n: 5}`,
      "extensions.auth: is no name here, wanted letters only, and not auth",
      "extensions.a b: is no name here, wanted letters only, and not auth",
      'extensions.ok: is "\\u0001", wanted printable ASCII',
      "extensions.n: is 5, wanted printable ASCII (in quotes it is text)",
    ],
    [
      `${url}, client_id: c, client_secret: x, extensions: 5`,
      "extensions: is 5, wanted a mapping: SASL extensions by name, each printable ASCII",
    ],
    [
      `${url}, client_id: c, client_secret: x, extensions: {${
        Array.from({ length: 21 }, (_, i) => `${String.fromCharCode(97 + i)}: x`)
      }}`,
      "extensions: has 21 names, wanted 20 at most",
    ],
  ];
  for (const [keys, ...wanted] of cases) {
    assert.deepEqual(await oauthProblems(keys), wanted, keys);
  }
  const rows: [lines: string, message: RegExp][] = [
    [
      `sasl: {mechanism: oauthbearer, token_file: f, oauth: {${url}, client_id: c, client_secret: x}}`,
      /oauth: cannot be combined with token_file/,
    ],
    [
      `sasl: {mechanism: plain, username: u, password: p, oauth: {${url}, client_id: c, client_secret: x}}`,
      /oauth: has no effect with mechanism plain/,
    ],
    [`sasl: {oauth: {${url}, client_id: c, client_secret: x}}`, /oauth: has no effect without mechanism/],
  ];
  for (const [lines, message] of rows) {
    const [problem, ...others] = await problemsOf(kafka(lines));
    assert.match(problem, message);
    assert.deepEqual(others, []);
  }
});

Deno.test("--set changes one SASL extension, and reports a name that none has", async () => {
  const keys = "token_url: 'https://idp/token', client_id: c, client_secret: x, extensions: {a: '1', b: '2'}";
  const text = kafka(`sasl: {mechanism: oauthbearer, oauth: {${keys}}}`);
  const path = "source.kafka.sasl.oauth.extensions";
  const config = parseConfig(text, { sets: [`${path}.b=3`, `${path}.logicalCluster=lkc-1`] });
  assert.deepEqual({ ...config.source.kafka?.sasl.oauth?.extensions }, {
    a: "1",
    b: "3",
    logicalCluster: "lkc-1",
  });
  for (const name of ["__proto__", "auth", "a-b"]) {
    assert.deepEqual(await problemsOf(text, { sets: [`${path}.${name}=x`] }), [
      `--set ${path}.${name}: "${name}" is no name there, wanted letters only, and not auth`,
    ]);
  }
});

Deno.test("formatConfig() hides the client's secret, and writes extensions that load again", () => {
  const keys =
    `token_url: 'https://idp/token', client_id: c, client_secret: ${SECRET}, extensions: {a: '$\${x}'}`;
  const config = parseConfig(kafka(`sasl: {mechanism: oauthbearer, oauth: {${keys}}}`));
  const yaml = formatConfig(config);
  assert.match(yaml, /^ {8}client_id: c\n {8}client_secret: <secret>$/m);
  assert.ok(!yaml.includes(SECRET) && !JSON.stringify(showConfig(config)).includes(SECRET));
  assert.deepEqual(parseConfig(yaml).source.kafka?.sasl.oauth?.extensions, { a: "${x}" });
});

Deno.test("parseConfig() hints that a token endpoint gets the secret in plain text", () => {
  const hintsOf = (url: string) => {
    const keys = `token_url: '${url}', client_id: c, client_secret: x`;
    const config = parseConfig(
      kafka(`tls: {enabled: true}\n    sasl: {mechanism: oauthbearer, oauth: {${keys}}}`),
    );
    return config.hints?.map(({ path, message }) => `${path} ${message}`);
  };
  assert.deepEqual(hintsOf("https://idp/token"), []);
  assert.deepEqual(hintsOf("http://127.0.0.1:1/token"), []);
  assert.deepEqual(hintsOf("http://idp/token"), [
    "source.kafka.sasl.oauth.token_url sends the client's secret in plain text: use an https address",
  ]);
});

Deno.test("loadConfig() never quotes a password in a problem", async () => {
  const before = fc.constantFrom(
    ..."!&*|>%@`\"'{[?:-#,$",
    "${",
    "${X",
    "$${",
    "!<",
    "!!",
    '"\\',
    "- ",
    "? ",
    "<<: *",
    "",
    "x: ",
    "[a, ",
    "5 ",
    "\n%",
    "|\n%",
  );
  const after = fc.constantFrom(
    "",
    "!",
    ":",
    ": ",
    "}",
    "]",
    "'",
    '"',
    "\n",
    " #",
    ", x",
    "%",
    "{",
    "\\",
    "\t",
    "/",
  );
  const shapes = fc.constantFrom(
    (text: string) => kafka(`sasl: {mechanism: plain, username: u, password: ${text}}`),
    (text: string) => kafka(`sasl: {mechanism: plain, username: u, password:${text}}`),
    (text: string) => kafka(`sasl: {mechanism: plain, pasword:${text}, username: u}`),
    (text: string) => kafka(`sasl:\n      username: u\n      password: ${text}\n      mechanism: plain`),
    (text: string) => kafka(`sasl:\n      username: u\n      password:${text}\n      mechanism: plain`),
    (text: string) => kafka(`sasl:\n      password: ${text}\n      password: ${text}`),
    (text: string) => kafka(`sasl: ${text}`),
    (text: string) => kafka(`sasl: {password: {a: ${text}}}`),
    (text: string) => kafka(`sasl: {mechanism: oauthbearer, password: ${text}}`),
    (text: string) =>
      kafka(`sasl: {mechanism: oauthbearer, oauth: {token_url: 'https://a', client_secret: ${text}}}`),
    (text: string) => kafka(`sasl: {mechanism: oauthbearer, oauth: {client_secret:${text}, client_id: c}}`),
  );
  await fc.assert(
    fc.asyncProperty(before, after, shapes, async (before, after, shape) => {
      fc.pre(!/^\$\{X?$/.test(before) || after !== "}"); // that names a variable
      const told = await problemsOf(shape(`${before}${SECRET}${after}`));
      assert.ok(!told.join("\n").includes(SECRET), told.join("\n"));
    }),
    { numRuns: 2_000 },
  );
  const base = kafka("sasl: {mechanism: plain, username: u, password: x}");
  for (
    const setting of [
      `sasl.password:${SECRET}`,
      `sasl.password {${SECRET}`,
      `sasl.pasword=${SECRET}`,
      `sasl.password.x=${SECRET}`,
      `sasl={password: *${SECRET}}`,
      `sasl={password: !${SECRET} x}`,
      `sasl={password: [${SECRET}]}`,
      `sasl={password:${SECRET}}`,
      `sasl=${SECRET}`,
    ]
  ) {
    const told = await problemsOf(base, { sets: [`source.kafka.${setting}`] });
    assert.notDeepEqual(told, [], setting);
    assert.ok(!told.join("\n").includes(SECRET), told.join("\n"));
  }
});

Deno.test("parseConfig() names an unset variable that is a whole password", async () => {
  assert.deepEqual(await problemsOf(kafka("sasl: {mechanism: plain, username: u, password: '${PW}'}")), [
    '5:53: source.kafka.sasl.password: needs the environment variable "PW", which is not set' +
    " (a plain ${ is written $${)",
  ]);
  assert.deepEqual(await problemsOf(kafka("sasl: {mechanism: plain, username: u, password: 'a${PW}'}")), [
    "5:53: source.kafka.sasl.password: needs an environment variable, which is not set (a plain ${ is written $${)",
  ]);
});

Deno.test("formatConfig() and showConfig() hide passwords and nothing else", () => {
  const config = parseConfig(kafka(`sasl: {mechanism: plain, username: u, password: ${SECRET}}`));
  const files = [{ key: "k", path: "p", content: "password" as const, text: SECRET, mode: undefined }];
  const yaml = formatConfig({ ...config, files });
  assert.match(
    yaml,
    /^ {6}username: u\n {6}password: <secret>\n {6}password_file:\n {6}token_file:\n {6}oauth:\n {6}aws:$/m,
  );
  assert.ok(!yaml.includes(SECRET));
  assert.ok(!JSON.stringify(showConfig({ ...config, files })).includes(SECRET));
});

Deno.test("changeConfig() names changed secrets, also those in named files", () => {
  const withPassword = (password: string) =>
    parseConfig(kafka(`sasl: {mechanism: plain, username: u, password: ${password}}`));
  assert.deepEqual(changeConfig(withPassword("a"), withPassword("a")).refused, []);
  assert.deepEqual(changeConfig(withPassword("a"), withPassword("b")).refused, [
    "source.kafka.sasl.password",
  ]);

  const withFile = (text: string): Config => ({
    ...parseConfig(kafka("sasl: {mechanism: plain, username: u, password_file: f}")),
    files: [{
      key: "source.kafka.sasl.password_file",
      path: "f",
      content: "password",
      text,
      mode: undefined,
    }],
  });
  assert.deepEqual(changeConfig(withFile("a"), withFile("a")).refused, []);
  assert.deepEqual(changeConfig(withFile("a"), withFile("b")).refused, ["source.kafka.sasl.password_file"]);

  const withToken = (text: string): Config => ({
    ...parseConfig(kafka("sasl: {mechanism: oauthbearer, token_file: f}")),
    files: [{ key: "source.kafka.sasl.token_file", path: "f", content: "token", text, mode: undefined }],
  });
  assert.deepEqual(
    changeConfig(withToken("a"), withToken("b")).refused,
    [],
    "it is read again at each log-in",
  );
});
