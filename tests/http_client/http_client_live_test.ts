import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
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

Deno.test({
  name: "HttpClient.get() with an authority says why it does not fit, and still tries the usual ones",
  ignore: missingPrograms("openssl").length > 0,
  async fn() {
    await using authority = await CertificateAuthority.make("rtcount-test");
    const { certificateFile, keyFile } = await authority.issue("server", { names: "DNS:other.example" });
    const [cert, key, ca] = await Promise.all(
      [certificateFile, keyFile, authority.file].map((file) => Deno.readTextFile(file)),
    );
    let connections = 0;
    const server = createServer({ cert, key }, (_request, response) => void response.end("ok"));
    server.on("connection", () => connections++).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const outcome = await client(`https://127.0.0.1:${port}`, { ca }).get("/");
    assert.match(outcome.kind === "failure" ? outcome.reason : "", /does not match certificate's altnames/);
    assert.equal(connections, 2);
    const alone = await client(`https://127.0.0.1:${port}`, { ca, isCaAlone: true, caSetting: "a.ca_file" })
      .get("/");
    assert.equal(alone.kind === "failure" && alone.failure, "untrusted");
    assert.match(alone.kind === "failure" ? alone.reason : "", /: a\.ca_file names the certificate \(PEM\)/);
    assert.equal(connections, 3);
    server.close();
    await once(server, "close");
  },
});
