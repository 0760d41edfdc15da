import assert from "node:assert/strict";
import type { ConfigFile } from "../../lib/config/config_file.ts";
import { fileHints, settingHints, writableHint } from "../../lib/config/hints.ts";
import { loadConfig, parseConfig } from "../../lib/config/load.ts";

const VALID_FROM = "2026-11-30T10:17:28.000Z";
const VALID_TO = "2026-12-01T10:17:28.000Z";
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUCjmP5xPmogLLpZdydUy3Lj5YoHowCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFaGludHMwHhcNMjYxMTMwMTAxNzI4WhcNMjYxMjAxMTAxNzI4
WjAQMQ4wDAYDVQQDDAVoaW50czBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABC5n
Pg8tTHxDHAxyWoTmKHSLC29WElYQqrM74Y88cIsIcCeRcAOWV6i2SUDKjJgWfDFI
hVD7tQFGP7LcFLQodjCjUzBRMB0GA1UdDgQWBBQTWFiYfx3d9xnRroJNgJdYduLS
pDAfBgNVHSMEGDAWgBQTWFiYfx3d9xnRroJNgJdYduLSpDAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIQCX1orgK1tVMa4RtTW3jEZk+9hrQMmrhWwb
3cF1Qb55PwIgMF+jy7PPVw2QTU1oU134fjg2iyYhosDQ7Tsy6qi5gO4=
-----END CERTIFICATE-----
`;

const AUTH = "basic_auth: {username: u, password_file: p}";
const TLS = "tls: {cert_file: c.pem, key_file: k.pem}";

Deno.test("settingHints() warns of secrets that pass in plain text, and of nothing else", () => {
  const http = (...keys: string[]) => `source: {synthetic: {}}\nhttp: {${keys.join(", ")}}`;
  const kafka = (keys: string) => `source: {kafka: {brokers: ["h:1"], topics: [t], ${keys}}}`;
  const rows: readonly (readonly [text: string, keys: readonly string[]])[] = [
    [http('listen: "0.0.0.0:8000"', AUTH), ["http.basic_auth"]],
    [http('listen: "[::]:8000"', AUTH), ["http.basic_auth"]],
    [http('listen: "counts.example:8000"', AUTH), ["http.basic_auth"]],
    [http('listen: "0.0.0.0:8000"', AUTH, TLS), []],
    [http('listen: "0.0.0.0:8000"'), []],
    [http('listen: "127.0.0.1:8000"', AUTH), []],
    [http('listen: "127.1.2.3:8000"', AUTH), []],
    [http('listen: "[::1]:8000"', AUTH), []],
    [http('listen: "localhost:8000"', AUTH), []],
    [kafka("tls: {enabled: true, verify: false}"), ["source.kafka.tls.verify"]],
    [kafka("sasl: {mechanism: plain, username: u, password: p}"), ["source.kafka.sasl"]],
    [kafka("sasl: {mechanism: oauthbearer, token_file: t}"), ["source.kafka.sasl"]],
    [kafka("sasl: {mechanism: scram-sha-256, username: u, password: p}"), []],
    [kafka("tls: {enabled: true}, sasl: {mechanism: plain, username: u, password: p}"), []],
  ];
  for (const [text, keys] of rows) {
    assert.deepEqual(settingHints(parseConfig(text)).map(({ key }) => key), keys, text);
  }
});

Deno.test("fileHints() says since when a certificate has expired, or from when it is valid", () => {
  const file = { path: "c.pem", content: "certificates", text: CERTIFICATE, mode: undefined } as const;
  const validFromMs = Date.parse(VALID_FROM);
  const validToMs = Date.parse(VALID_TO);
  const at = (key: string, nowMs: number | undefined) =>
    fileHints([{ ...file, key }], nowMs).map(({ message }) => message);
  for (const key of ["http.tls.cert_file", "source.kafka.tls.cert_file"]) {
    assert.deepEqual(at(key, validFromMs), []);
    assert.deepEqual(at(key, validToMs), []);
    assert.deepEqual(at(key, undefined), []);
    assert.deepEqual(at(key, validToMs + 1_000), [
      `c.pem expired at ${VALID_TO}, and now it is ${
        VALID_TO.replace("28.000Z", "29.000Z")
      }: the other side refuses it, renew it`,
    ]);
    assert.match(
      at(key, validFromMs - 1)[0],
      new RegExp(`^c\\.pem is not valid before ${VALID_FROM}, and the clock`),
    );
  }
  assert.deepEqual(at("source.kafka.tls.ca_file", validToMs + 1_000), []);
});

Deno.test("fileHints() warns of files that every user can read or change", () => {
  const rows: [ConfigFile["content"], mode: number | undefined, RegExp | undefined][] = [
    ["password", 0o100640, undefined],
    ["password", 0o100660, undefined],
    ["password", undefined, undefined],
    ["password", 0o100644, /^f can be read by every user of this machine, and holds a secret/],
    ["token", 0o100602, /^f can be changed by every user/],
    ["private key", 0o100666, /^f can be changed by every user/],
    ["certificates", 0o100644, undefined],
    ["certificates", 0o100646, /^f can be changed by every user/],
  ];
  for (const [content, mode, wanted] of rows) {
    const hints = fileHints([{ key: "k", path: "f", text: "", content, mode }], undefined);
    assert.equal(hints.length, wanted === undefined ? 0 : 1, `${content} ${mode?.toString(8)}`);
    if (wanted !== undefined) assert.match(hints[0].message, wanted);
  }
});

Deno.test("writableHint() warns of a file that every user can change or replace", () => {
  assert.equal(writableHint(0o100644, 0o40755), undefined);
  assert.equal(writableHint(0o100644, 0o41777), undefined, "/tmp is sticky");
  assert.equal(writableHint(undefined, undefined), undefined);
  assert.match(writableHint(0o100646, 0o40755)?.message ?? "", /can change this file/);
  assert.match(writableHint(0o100644, 0o40777)?.message ?? "", /can replace this file/);
});

Deno.test("loadConfig() adds the hints of the configuration file and of the files that it names", async () => {
  const text = `source: {synthetic: {}}\nhttp: {listen: "0.0.0.0:1", ${AUTH}}\nstate: {dir: /tmp}`;
  const modes: Readonly<Record<string, number>> = {
    "/c/f": 0o100646,
    "/c": 0o40755,
    "/tmp": 0o41777,
    p: 0o100644,
  };
  const { hints = [] } = await loadConfig({
    file: "/c/f",
    readTextFile: (path) => Promise.resolve(path === "p" ? "secret" : text),
    fileMode: (path) => Promise.resolve(modes[path]),
  });
  assert.deepEqual(hints.map(({ file, line, path }) => [file, line, path]), [
    ["/c/f", 2, "http.basic_auth"],
    ["/c/f", undefined, ""],
    ["/c/f", 3, "state.dir"],
    ["/c/f", 2, "http.basic_auth.password_file"],
  ]);
});
