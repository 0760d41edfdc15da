// The keys `tls` and `sasl` of a Kafka source: what goes together, and that no secret is told.

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseConfig } from "../../lib/config/load.ts";
import { changeConfig } from "../../lib/config/reload.ts";
import type { Config } from "../../lib/config/schema.ts";
import { formatConfig, showConfig } from "../../lib/config/show.ts";
import { kafka, problemsOf, SECRET } from "./broker_security.ts";

const MECHANISMS = "plain, scram-sha-256, scram-sha-512, oauthbearer";
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
      '5:23: source.kafka.sasl.mechanism: is "scram-sha-1", wanted plain, scram-sha-256, scram-sha-512 or oauthbearer' +
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
      "5:23: source.kafka.sasl.mechanism: is oauthbearer, wanted a token_file with it",
      "5:46: source.kafka.sasl.username: has no effect with mechanism oauthbearer, wanted token_file only",
    ],
    [
      "sasl: {mechanism: plain, username: 5, password: 5}",
      "5:40: source.kafka.sasl.username: is 5, wanted a user name (in quotes it is text)",
      "5:53: source.kafka.sasl.password: is wrong, wanted a password (in quotes it is text)",
    ],
  ];
  for (const [lines, ...wanted] of cases) assert.deepEqual(await problemsOf(kafka(lines)), wanted, lines);
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
  assert.match(yaml, /^ {6}username: u\n {6}password: <secret>\n {6}password_file:\n {6}token_file:$/m);
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
