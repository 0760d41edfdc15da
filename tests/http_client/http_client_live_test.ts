import assert from "node:assert/strict";
import { CertificateAuthority } from "../machine/kafka/certificates.ts";
import { missingPrograms } from "../machine/machine.ts";
import { client } from "./client.ts";

Deno.test({
  name: "HttpClient.get() trusts the authority that it is given, beside the usual ones",
  ignore: missingPrograms("openssl").length > 0,
  async fn() {
    await using authority = await CertificateAuthority.make("rtcount-test");
    const { certificateFile, keyFile } = await authority.issue("server", { names: "IP:127.0.0.1" });
    const [cert, key, ca] = await Promise.all(
      [certificateFile, keyFile, authority.file].map((file) => Deno.readTextFile(file)),
    );
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, cert, key, onListen() {} },
      () => new Response("ok"),
    );
    const address = `https://127.0.0.1:${server.addr.port}`;
    assert.deepEqual(await client(address, { ca }).get("/"), { kind: "answer", status: 200, text: "ok" });
    const outcome = await client(address).get("/");
    assert.match(
      outcome.kind === "failure" ? outcome.reason : "",
      /certificate: --ca-file names the certificate/,
    );
  },
});
