// `rtcount health` and the certificate of the daemon.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { askHealth } from "../../lib/cli/health.ts";
import { parseConfig } from "../../lib/config/load.ts";
import { CertificateAuthority } from "../machine/kafka/certificates.ts";
import { missingPrograms } from "../machine/machine.ts";

Deno.test({
  name: "askHealth() trusts the daemon's own certificate, and gives a password to no other",
  ignore: missingPrograms("openssl").length > 0,
  async fn(t) {
    await using authority = await CertificateAuthority.make("rtcount-test");
    const own = await authority.issue("own", { names: "DNS:counter.example" });
    const renewed = await authority.issue("renewed", { names: "DNS:counter.example" });
    const [cert, key] = await Promise.all(
      [own.certificateFile, own.keyFile].map((file) => Deno.readTextFile(file)),
    );
    let requests = 0;
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, cert, key, onListen() {} }, () => {
      requests++;
      return new Response("ok");
    });
    const listen = `127.0.0.1:${server.addr.port}`;
    const ask = async (
      certificateFile: string,
      options: { url?: string; login?: string; ca?: string } = {},
    ) => {
      const tls = { cert_file: certificateFile, key_file: own.keyFile };
      const { http } = parseConfig(JSON.stringify({ source: { synthetic: {} }, http: { listen, tls } }));
      let line = "";
      const ok = await askHealth(
        { http, url: undefined, login: undefined, ca: undefined, clock: systemClock, ...options },
        {
          stdout: (text) => line += text,
          readTextFile: (path) => Deno.readTextFile(path),
          confine: () => ({ reading: [], writing: [], remaining: [] }),
        },
      );
      return { ok, line };
    };
    const login = "me:secret";
    const works = { ok: true, line: `https://${listen}: ok\n` };
    const refused = (reason: string) => ({
      ok: false,
      line: `https://${listen}: the certificate ${reason}\n`,
    });
    await t.step("its own", async () => {
      assert.deepEqual(await ask(own.certificateFile), works);
      assert.deepEqual(await ask(own.certificateFile, { login }), works);
    });
    await t.step("the one before a renewal", async () => {
      assert.deepEqual(await ask(renewed.certificateFile), works);
      const before = requests;
      assert.deepEqual(
        await ask(renewed.certificateFile, { login }),
        refused(
          "is not the one in http.tls.cert_file, so no password is sent: after a renewal restart the daemon",
        ),
      );
      assert.equal(requests, before);
    });
    await t.step("a file that this user cannot read", async () => {
      assert.deepEqual(await ask("/nowhere.pem"), works);
      assert.deepEqual(
        await ask("/nowhere.pem", { login }),
        refused("cannot be compared, so no password is sent: http.tls.cert_file cannot be read"),
      );
    });
    await t.step("at an address that is given", async () => {
      const url = `https://${listen}`;
      assert.match((await ask(own.certificateFile, { url })).line, /--ca-file names the certificate/);
    });
  },
});
