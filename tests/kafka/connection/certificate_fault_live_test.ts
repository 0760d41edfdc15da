import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { findCertificateFault } from "../../../lib/kafka/connection/certificate_fault.ts";
import { missingPrograms } from "../../machine/machine.ts";
import { type Certificate, CertificateAuthority } from "../../machine/kafka/certificates.ts";

function rawOf({ certificateFile }: Certificate): Uint8Array {
  return new X509Certificate(Deno.readTextFileSync(certificateFile)).raw;
}

Deno.test({
  name: "findCertificateFault() compares host names, wildcards and IP addresses",
  ignore: missingPrograms("openssl").length > 0,
  async fn() {
    await using authority = await CertificateAuthority.make("tests");
    const raw = rawOf(await authority.issue("broker", { names: "DNS:broker" }));
    const ca = Deno.readTextFileSync(authority.file);
    const cases: [names: string, serverName: string, isRight: boolean][] = [
      ["DNS:broker", "broker", true],
      ["DNS:Broker", "bROKER", true],
      ["DNS:broker", "broker.example", false],
      ["DNS:a, DNS:*.example", "b.example", true],
      ["DNS:*.example", "example", false],
      ["DNS:*.example", "a.b.example", false],
      ["DNS:*", "broker", false],
      ["DNS:*.0.0.1", "127.0.0.1", false],
      ["IP Address:127.0.0.1", "127.0.0.1", true],
      ["IP Address:127.0.0.2", "127.0.0.1", false],
      ["", "broker", false],
    ];
    for (const [subjectaltname, serverName, isRight] of cases) {
      const found = findCertificateFault({ raw, subjectaltname }, { serverName, ca, nowMs: Date.now() });
      assert.equal(found?.fault, isRight ? undefined : "wrong-name", `${subjectaltname} for ${serverName}`);
    }
  },
});

Deno.test({
  name: "findCertificateFault() finds a fault of the authority's certificate too",
  ignore: missingPrograms("openssl").length > 0,
  async fn() {
    await using authority = await CertificateAuthority.make("tests");
    const twoYears = { names: "DNS:broker", from: "20260101000000Z", to: "20990101000000Z" };
    const broker = await authority.issue("broker", twoYears);
    const ca = Deno.readTextFileSync(authority.file);
    const expectation = { serverName: "broker", ca, nowMs: Date.parse("2090-01-01T00:00:00Z") };
    const rejected = { raw: rawOf(broker), subjectaltname: "DNS:broker" };
    const found = findCertificateFault(rejected, expectation);
    assert.equal(found?.fault, "certificate-expired");
    assert.match(found.reason, /^the authority's certificate in tls\.ca_file \(CN=tests\) expired at /);

    const root = { raw: new X509Certificate(ca).raw, subjectaltname: "DNS:broker" };
    const selfSigned = findCertificateFault(root, { ...expectation, ca: undefined, nowMs: Date.now() });
    assert.equal(selfSigned?.fault, "unknown-authority");
    assert.match(selfSigned.reason, /is self-signed \(CN=tests\): set tls\.ca_file$/);
  },
});
