// The keys `tls` and `sasl` of a Kafka source: what goes together, the files that they name, and that no secret is told.

import assert from "node:assert/strict";
import fc from "fast-check";
import { exposed } from "../../lib/config/config_file.ts";
import { loadConfig, parseConfig } from "../../lib/config/load.ts";
import { changeConfig } from "../../lib/config/reload.ts";
import type { Config } from "../../lib/config/schema.ts";
import { formatConfig, showConfig } from "../../lib/config/show.ts";
import { ConfigError } from "../../lib/config/config_error.ts";
import { CertificateAuthority } from "../machine/kafka/certificates.ts";
import { missingPrograms } from "../machine/machine.ts";

const SECRET = "hunter2";

/** A file whose fifth line begins with what is given; `tls` and `sasl` stand at four columns. */
function kafka(lines: string): string {
  return `source:\n  kafka:\n    brokers: [a:1]\n    topics: [t]\n    ${lines}\n`;
}

async function problemsOf(
  text: string,
  read: Partial<Parameters<typeof loadConfig>[0]> = {},
): Promise<string[]> {
  const readTextFile = () => Promise.reject(new Deno.errors.NotFound("No such file"));
  try {
    await loadConfig({ file: "f.yaml", text, readTextFile, ...read });
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split("\n").map((line) => line.replace(/^f\.yaml:/, ""));
  }
  return [];
}

const MECHANISMS = "plain, scram-sha-256, scram-sha-512, oauthbearer";
const DISABLED = "is given while tls.enabled is false, wanted enabled: true beside it, or neither";

Deno.test("parseConfig() says which keys of tls and sasl do not go together", async () => {
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
      "5:19: source.kafka.tls.verify: is false while tls.enabled is false, wanted enabled: true beside it, or neither",
    ],
    [
      "tls: {enabled: true, cert_file: b}",
      "5:37: source.kafka.tls.cert_file: stands without key_file, wanted both or neither",
    ],
    [
      "tls: {enabled: true, key_file: b}",
      "5:36: source.kafka.tls.key_file: stands without cert_file, wanted both or neither",
    ],
    [
      "tls: {enabled: true, server_name: 'a:1'}",
      '5:39: source.kafka.tls.server_name: is "a:1", wanted a host name or an IP address',
    ],
    [
      "sasl: {username: u, token_file: t}",
      `5:22: source.kafka.sasl.username: stands without mechanism, wanted one of ${MECHANISMS} beside it`,
      `5:37: source.kafka.sasl.token_file: stands without mechanism, wanted one of ${MECHANISMS} beside it`,
    ],
    [
      "sasl: {mechanism: scram-sha-1}",
      '5:23: source.kafka.sasl.mechanism: is "scram-sha-1", wanted plain, scram-sha-256, scram-sha-512 or oauthbearer' +
      ' (did you mean "scram-sha-512"?)',
    ],
    [
      "sasl: {mechanism: plain}",
      "5:23: source.kafka.sasl.mechanism: is plain, wanted a username beside it",
      "5:23: source.kafka.sasl.mechanism: is plain, wanted a password_file or a password beside it",
    ],
    [
      "sasl: {mechanism: plain, username: u, password: p, password_file: f}",
      "5:71: source.kafka.sasl.password_file: stands beside password, wanted exactly one of password, password_file",
    ],
    [
      "sasl: {mechanism: scram-sha-512, username: u, password: p, token_file: f}",
      "5:76: source.kafka.sasl.token_file: stands beside mechanism scram-sha-512, wanted with oauthbearer alone",
    ],
    [
      "sasl: {mechanism: oauthbearer, username: u}",
      "5:23: source.kafka.sasl.mechanism: is oauthbearer, wanted a token_file beside it",
      "5:46: source.kafka.sasl.username: stands beside mechanism oauthbearer, which takes a token_file alone",
    ],
    [
      "sasl: {mechanism: plain, username: 5, password: 5}",
      "5:40: source.kafka.sasl.username: is 5, wanted a user's name (in quotes it is text)",
      "5:53: source.kafka.sasl.password: is wrong, wanted a password (in quotes it is text)",
    ],
  ];
  for (const [lines, ...wanted] of cases) assert.deepEqual(await problemsOf(kafka(lines)), wanted, lines);
});

Deno.test({
  name: "loadConfig() reads the files that are named, and says what is wrong with what they hold",
  ignore: missingPrograms("openssl").length > 0,
  async fn() {
    await using authority = await CertificateAuthority.make("tests");
    const ours = await authority.issue("client", { names: "DNS:client" });
    const other = await authority.issue("other", { names: "DNS:other" });
    const encrypted = await authority.encryptKey(ours);
    const [certificate, key] = [ours.certificateFile, ours.keyFile].map((path) =>
      Deno.readTextFileSync(path)
    );
    const files: Record<string, string> = {
      "both.pem": `comment\n${certificate}\n${Deno.readTextFileSync(authority.file)}`,
      "cert.pem": certificate,
      "key.pem": key,
      "other.key": Deno.readTextFileSync(other.keyFile),
      "encrypted.key": Deno.readTextFileSync(encrypted),
      "broken.pem": certificate.replace(/\n[^\n]{20}/, "\nAAAAAAAAAAAAAAAAAAAA"),
      "broken.key": key.replace(/\n[^\n]{20}/, "\nAAAAAAAAAAAAAAAAAAAA"),
      "text": "text",
      "password": `${SECRET}\r\n`,
      "lines": `${SECRET}\n${SECRET}\n`,
      "empty": "\n",
    };
    const readTextFile = (path: string) =>
      path in files ? Promise.resolve(files[path]) : Promise.reject(new Deno.errors.NotFound("No such file"));
    const fileMode = (path: string) => Promise.resolve(path === "./password" ? 0o100644 : 0o100640);

    const good = "tls: {enabled: true, ca_file: both.pem, cert_file: cert.pem, key_file: key.pem}\n" +
      "    sasl: {mechanism: plain, username: u, password_file: '${D}/password'}";
    const env = () => ".";
    const read = (path: string) => readTextFile(path.replace("./", ""));
    const config = await loadConfig({ text: kafka(good), env, readTextFile: read, fileMode });
    assert.deepEqual(
      config.files?.map(({ key, path, text }) => [key.replace("source.kafka.", ""), path, text]),
      [
        ["tls.ca_file", "both.pem", files["both.pem"]],
        ["tls.cert_file", "cert.pem", certificate],
        ["tls.key_file", "key.pem", key],
        ["sasl.password_file", "./password", SECRET],
      ],
    );

    const client = (certificate: string, key: string) =>
      `tls: {enabled: true, cert_file: ${certificate}, key_file: ${key}}`;
    const password = (file: string) => `sasl: {mechanism: plain, username: u, password_file: ${file}}`;
    const cases: [lines: string, ...problems: string[]][] = [
      [
        "tls: {enabled: true, ca_file: gone}\n    sasl: {mechanism: oauthbearer, token_file: gone}",
        "5:35: source.kafka.tls.ca_file: cannot be read: No such file",
        "6:48: source.kafka.sasl.token_file: cannot be read: No such file",
      ],
      [
        "tls: {enabled: true, ca_file: key.pem}",
        "5:35: source.kafka.tls.ca_file: key.pem holds no certificate, wanted PEM: -----BEGIN CERTIFICATE-----",
      ],
      [
        client("cert.pem", "cert.pem"),
        "5:57: source.kafka.tls.key_file: cert.pem holds no private key, wanted PEM: -----BEGIN PRIVATE KEY-----",
      ],
      [
        client("cert.pem", "encrypted.key"),
        "5:57: source.kafka.tls.key_file: encrypted.key holds a key that is encrypted, wanted one without a passphrase" +
        " (openssl pkey -in KEY -out PLAIN_KEY)",
      ],
      [
        client("cert.pem", "broken.key"),
        "5:57: source.kafka.tls.key_file: broken.key holds a private key that cannot be read",
      ],
      [
        client("cert.pem", "other.key"),
        "5:57: source.kafka.tls.key_file: other.key is not the key of the first certificate in source.kafka.tls.cert_file",
      ],
      [password("empty"), "5:58: source.kafka.sasl.password_file: empty is empty"],
      [password("lines"), "5:58: source.kafka.sasl.password_file: lines has more than one line, wanted one"],
    ];
    for (const [lines, ...wanted] of cases) {
      assert.deepEqual(await problemsOf(kafka(lines), { readTextFile }), wanted, lines);
    }
    const [broken] = await problemsOf(kafka(client("broken.pem", "key.pem")), { readTextFile });
    assert.match(broken, /cert_file: broken\.pem holds a certificate that cannot be read: /);

    assert.deepEqual(exposed(config.files ?? []).map(({ key }) => key), ["source.kafka.sasl.password_file"]);
  },
});

Deno.test("loadConfig() tells nothing of a password, whatever is wrong with it or around it", async () => {
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

Deno.test("parseConfig() names a variable that is not set where all of a password is one", async () => {
  assert.deepEqual(await problemsOf(kafka("sasl: {mechanism: plain, username: u, password: '${PW}'}")), [
    '5:53: source.kafka.sasl.password: names the environment variable "PW", which is not set' +
    " (a plain ${ is written $${)",
  ]);
  assert.deepEqual(await problemsOf(kafka("sasl: {mechanism: plain, username: u, password: 'a${PW}'}")), [
    "5:53: source.kafka.sasl.password: names an environment variable that is not set (a plain ${ is written $${)",
  ]);
});

Deno.test("formatConfig() and showConfig() hide passwords, and show the rest", () => {
  const config = parseConfig(kafka(`sasl: {mechanism: plain, username: u, password: ${SECRET}}`));
  const files = [{ key: "k", path: "p", content: "password" as const, text: SECRET, mode: undefined }];
  const yaml = formatConfig({ ...config, files });
  assert.match(yaml, /^ {6}username: u\n {6}password: <secret>\n {6}password_file:\n {6}token_file:$/m);
  assert.ok(!yaml.includes(SECRET));
  assert.ok(!JSON.stringify(showConfig({ ...config, files })).includes(SECRET));
});

Deno.test("changeConfig() names secrets that have changed, in the file or in what it names", () => {
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
