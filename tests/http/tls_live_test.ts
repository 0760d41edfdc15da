import assert from "node:assert/strict";
import { connect } from "node:tls";
import { type HttpServer, startHttpServer } from "../../lib/http/server.ts";
import { type Certificate, CertificateAuthority } from "../machine/kafka/certificates.ts";
import { missingPrograms } from "../machine/machine.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { fakeView } from "../fakes/fake_view.ts";

const ignore = missingPrograms("openssl").length > 0;
const log = { warn: assert.fail, error: assert.fail };
const LARGE = "x".repeat(4 * 1024 * 1024);

interface Running {
  readonly server: HttpServer;
  readonly clock: ManualClock;
  readonly ca: string;
}

async function withServer(body: (running: Running) => Promise<void>): Promise<void> {
  await using authority = await CertificateAuthority.make("rtcount-test");
  const issued: Certificate = await authority.issue("localhost", { names: "DNS:localhost,IP:127.0.0.1" });
  const [ca, certificates, key] = await Promise.all(
    [authority.file, issued.certificateFile, issued.keyFile].map((file) => Deno.readTextFile(file)),
  );
  const clock = new ManualClock();
  const view = fakeView({ metrics: () => Promise.resolve({ contentType: "text/plain", body: LARGE }) });
  const server = await startHttpServer({
    listen: "127.0.0.1:0",
    view,
    log,
    clock,
    certificate: { certificates, key },
  });
  try {
    await body({ server, clock, ca });
  } finally {
    await server.stop();
  }
}

function portOf({ url }: HttpServer): number {
  return Number(new URL(url).port);
}

/** All that comes until the server ends the connection. */
async function readAll(conn: Deno.Conn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(4096);
  try {
    for (let n = await conn.read(buffer); n !== null; n = await conn.read(buffer)) {
      text += String.fromCharCode(...buffer.subarray(0, n));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  }
  return text;
}

Deno.test({
  name: "startHttpServer() with a certificate answers over TLS, large answers and kept connections too",
  ignore,
  async fn() {
    await withServer(async ({ server, ca }) => {
      assert.match(server.url, /^https:\/\/127\.0\.0\.1:\d+$/);
      using client = Deno.createHttpClient({ caCerts: [ca] });
      for (let i = 0; i < 3; i++) {
        const response = await fetch(`${server.url}/metrics`, { client });
        assert.equal(await response.text(), LARGE);
      }
      await assert.rejects(fetch(`${server.url}/metrics`), TypeError);
    });
  },
});

Deno.test({
  name: "startHttpServer() with a certificate answers many who shake hands at once",
  ignore,
  async fn() {
    await withServer(async ({ server, ca }) => {
      const statuses = await Promise.all(Array.from({ length: 50 }, async () => {
        using client = Deno.createHttpClient({ caCerts: [ca], poolMaxIdlePerHost: 0 });
        const response = await fetch(`${server.url}/healthz`, { client });
        await response.body?.cancel();
        return response.status;
      }));
      assert.deepEqual([...new Set(statuses)], [200]);
    });
  },
});

Deno.test({
  name: "startHttpServer() with a certificate closes on those who speak no TLS, and goes on",
  ignore,
  async fn() {
    await withServer(async ({ server, ca }) => {
      for (
        const bytes of [
          "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
          "\x16\x03\x01\xff\xff\0\0",
          "\0".repeat(300),
        ]
      ) {
        const conn = await Deno.connect({ hostname: "127.0.0.1", port: portOf(server) });
        await conn.write(new TextEncoder().encode(bytes));
        await conn.closeWrite();
        assert.doesNotMatch(await readAll(conn), /HTTP/);
        conn.close();
      }
      using client = Deno.createHttpClient({ caCerts: [ca] });
      assert.equal(await (await fetch(`${server.url}/healthz`, { client })).text(), "ok");
    });
  },
});

Deno.test({
  name: "startHttpServer() with a certificate gives up on a handshake that does not end",
  ignore,
  async fn() {
    await withServer(async ({ server, clock, ca }) => {
      const silent = await Deno.connect({ hostname: "127.0.0.1", port: portOf(server) });
      const slow = await Deno.connect({ hostname: "127.0.0.1", port: portOf(server) });
      await slow.write(Uint8Array.of(0x16, 0x03, 0x01));
      // An answer on a later connection says that the two are known.
      using client = Deno.createHttpClient({ caCerts: [ca] });
      assert.equal(await (await fetch(`${server.url}/healthz`, { client })).text(), "ok");
      clock.advance(21_000);
      assert.equal(await readAll(silent), "");
      assert.equal(await readAll(slow), "");
      silent.close();
      slow.close();
    });
  },
});

Deno.test({
  name: "startHttpServer() with a certificate speaks nothing older than TLS 1.2",
  ignore,
  async fn() {
    await withServer(async ({ server, ca }) => {
      const socket = connect({ port: portOf(server), host: "127.0.0.1", ca, minVersion: "TLSv1.2" });
      const { promise, resolve, reject } = Promise.withResolvers<string | null>();
      socket.once("secureConnect", () => resolve(socket.getProtocol())).once("error", reject);
      assert.match(await promise ?? "", /^TLSv1\.[23]$/);
      socket.destroy();
      const { success } = await new Deno.Command("openssl", {
        args: [
          "s_client",
          "-connect",
          `127.0.0.1:${portOf(server)}`,
          "-tls1_1",
          "-cipher",
          "ALL:@SECLEVEL=0",
        ],
        stdin: "null",
      }).output();
      assert.equal(success, false);
    });
  },
});

Deno.test({
  name: "startHttpServer() with a certificate answers all requests of a client that has ended its side",
  ignore,
  async fn() {
    await withServer(async ({ server, ca }) => {
      const options = { port: portOf(server), host: "127.0.0.1", ca, allowHalfOpen: true };
      const socket = connect(options);
      const request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      let text = "";
      socket.on("data", (chunk: Uint8Array) => text += new TextDecoder().decode(chunk));
      socket.once("end", resolve).once("error", reject);
      socket.end(request.repeat(3));
      await promise;
      socket.destroy();
      assert.equal(text.match(/HTTP\/1\.1 200/g)?.length, 3);
    });
  },
});
