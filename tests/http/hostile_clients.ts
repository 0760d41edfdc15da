// Prints what clients that no server likes get from the HTTP server, in plain and over TLS: deno run -A, from anywhere.
// Ten seconds are the server's own limit for most of it, so that a run takes a minute.

import net from "node:net";
import tls from "node:tls";
import { startHttpServer } from "../../lib/http/server.ts";
import { WindowFeed } from "../../lib/http/window_feed.ts";
import { CertificateAuthority } from "../machine/kafka/certificates.ts";
import { fakeView } from "../fakes/fake_view.ts";

const LARGE = "x".repeat(16 * 1024 * 1024);
const HOST = "Host: x\r\n";
const PATIENCE_MS = 18_000;
const FLOOD_CONNECTIONS = 2000;
const FLOOD_SECONDS = 10;

interface Client {
  readonly name: string;
  readonly bytes: string;
  /** Sent again and again. */
  readonly then?: string;
  readonly isHalfClosed?: boolean;
  /** Reads nothing after the first bytes. */
  readonly isSlow?: boolean;
}

const CLIENTS: readonly Client[] = [
  { name: "slow head", bytes: `GET /healthz HTTP/1.1\r\n${HOST}X-` },
  { name: "dribbled head", bytes: `GET /healthz HTTP/1.1\r\n${HOST}X-`, then: "a" },
  { name: "dribbled blank lines", bytes: "\r\n", then: "\r\n" },
  { name: "silent client", bytes: "" },
  { name: "slow reader of /metrics", bytes: `GET /metrics HTTP/1.1\r\n${HOST}\r\n`, isSlow: true },
  { name: "slow reader of the stream", bytes: `GET /api/v1/stream HTTP/1.1\r\n${HOST}\r\n`, isSlow: true },
  { name: "1 MB of head", bytes: `GET / HTTP/1.1\r\n${HOST}X: ${"a".repeat(1024 * 1024)}\r\n\r\n` },
  { name: "1 MB of path", bytes: `GET /${"a".repeat(1024 * 1024)} HTTP/1.1\r\n${HOST}\r\n` },
  {
    name: "pipelining, 3 requests",
    bytes: `GET /healthz HTTP/1.1\r\n${HOST}\r\n`.repeat(3),
    isHalfClosed: true,
  },
  { name: "HEAD", bytes: `HEAD /healthz HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n` },
  { name: "half-close", bytes: `GET /healthz HTTP/1.1\r\n${HOST}\r\n`, isHalfClosed: true },
  { name: "half-close in a head", bytes: "GET /healthz HTTP/1.1\r\nX-", isHalfClosed: true },
  { name: "malformed bytes", bytes: "\x00\x01\x02\xff\r\n\r\n" },
  { name: "a body that does not end", bytes: `GET /healthz HTTP/1.1\r\n${HOST}Content-Length: 9\r\n\r\na` },
  { name: "dribbled body", bytes: `GET /healthz HTTP/1.1\r\n${HOST}Content-Length: 999\r\n\r\na`, then: "a" },
  { name: "Expect", bytes: `POST / HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 3\r\n\r\n` },
  { name: "CONNECT", bytes: `CONNECT a:1 HTTP/1.1\r\n${HOST}\r\n` },
  { name: "Upgrade", bytes: `GET /healthz HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n` },
];

type Connect = () => net.Socket;

/** The bytes that the client got, and the time when the server closed. */
function observe(
  connect: Connect,
  { bytes, then, isHalfClosed = false, isSlow = false }: Client,
): Promise<string> {
  return new Promise((resolve) => {
    const startMs = performance.now();
    const socket = connect();
    let received = 0;
    let text = "";
    let end = `open after ${PATIENCE_MS / 1000} s`;
    const repeating = then === undefined ? undefined : setInterval(() => socket.write(then), 500);
    const giveUp = setTimeout(() => socket.destroy(), PATIENCE_MS);
    const note = (how: string) => end = `${how} after ${((performance.now() - startMs) / 1000).toFixed(1)} s`;
    socket.on("data", (chunk: Uint8Array) => {
      received += chunk.length;
      if (text.length < 4096) text += new TextDecoder("latin1").decode(chunk.subarray(0, 4096));
      // The rest is read once the server has had time to notice.
      if (isSlow && received === chunk.length) {
        socket.pause();
        setTimeout(() => socket.resume(), 15_000);
      }
    });
    socket.on("end", () => note("closed"));
    socket.on("error", (error: NodeJS.ErrnoException) => note(error.code ?? error.message));
    socket.on("close", () => {
      clearInterval(repeating);
      clearTimeout(giveUp);
      const statuses = text.match(/HTTP\/1\.1 \d+/g)?.map((line) => line.slice(9)).join(" ") ?? "nothing";
      resolve(`${statuses}, ${received} bytes, ${end}`);
    });
    if (isHalfClosed) socket.end(bytes, "latin1");
    else socket.write(bytes, "latin1");
  });
}

/** One address opens connections as fast as it can; another one scrapes every second. */
async function flood(port: number, secure: boolean): Promise<string> {
  const child = new Deno.Command("python3", {
    args: [
      new URL("flood.py", import.meta.url).pathname,
      `${port}`,
      `${FLOOD_CONNECTIONS}`,
      `${FLOOD_SECONDS}`,
      secure ? "tls" : "plain",
    ],
  });
  const { stdout, stderr } = await child.output();
  return new TextDecoder().decode(stdout).trim() || new TextDecoder().decode(stderr).slice(-200);
}

async function tableOf(secure: boolean): Promise<Map<string, string>> {
  await using authority = await CertificateAuthority.make("rtcount-test");
  const issued = await authority.issue("localhost", { names: "DNS:localhost,IP:127.0.0.1" });
  const [certificates, key] = [issued.certificateFile, issued.keyFile].map((file) =>
    Deno.readTextFileSync(file)
  );
  const windows = new WindowFeed();
  const server = await startHttpServer({
    listen: "127.0.0.1:0",
    view: fakeView({ windows, metrics: () => Promise.resolve({ contentType: "text/plain", body: LARGE }) }),
    log: console,
    ...(secure && { certificate: { certificates, key } }),
  });
  const publishing = setInterval(
    () => windows.publish(Date.now(), JSON.stringify("x".repeat(1024 * 1024))),
    200,
  );
  const port = Number(new URL(server.url).port);
  const connect: Connect = () =>
    secure
      ? tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false })
      : net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const table = new Map<string, string>();
  const run = async (client: Client) => void table.set(client.name, await observe(connect, client));
  await Promise.all(CLIENTS.filter(({ isSlow }) => !isSlow).map(run));
  await Promise.all(CLIENTS.filter(({ isSlow }) => isSlow).map(run));
  clearInterval(publishing);
  if (secure) {
    const plain = () => net.connect({ port, host: "127.0.0.1" });
    table.set("no TLS", await observe(plain, { name: "", bytes: `GET / HTTP/1.1\r\n${HOST}\r\n` }));
    table.set("half a handshake", await observe(plain, { name: "", bytes: "\x16\x03\x01" }));
  }
  table.set(`${FLOOD_CONNECTIONS} connections`, await flood(port, secure));
  await server.stop();
  return table;
}

if (import.meta.main) {
  const [plain, secure] = await Promise.all([tableOf(false), tableOf(true)]);
  console.log(`Deno ${Deno.version.deno}\n\n| client | plain | TLS |\n|---|---|---|`);
  for (const name of new Set([...plain.keys(), ...secure.keys()])) {
    console.log(`| ${name} | ${plain.get(name) ?? ""} | ${secure.get(name) ?? ""} |`);
  }
  Deno.exit();
}
