// The files that the keys `tls` and `sasl` of a Kafka source name.

import assert from "node:assert/strict";
import { loadConfig } from "../../lib/config/load.ts";
import { CertificateAuthority } from "../machine/kafka/certificates.ts";
import { missingPrograms } from "../machine/machine.ts";
import { kafka, problemsOf, SECRET } from "./broker_security.ts";

Deno.test({
  name: "loadConfig() reads the named files and reports invalid content",
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
    const env = (name: string) => name === "D" ? "." : undefined;
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

    assert.deepEqual(config.hints?.map(({ path }) => path), ["source.kafka.sasl.password_file"]);
  },
});
