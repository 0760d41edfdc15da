// Prints what clients that no server likes get from the HTTP server, in plain and over TLS: deno run -A, from anywhere.
// Ten seconds are the server's own limit for most of it, so that a run takes a minute and a half.

import net from "node:net";
import tls from "node:tls";
import process from "node:process";
import { type HttpServer, startHttpServer } from "../../lib/http/server.ts";
import { WindowFeed } from "../../lib/http/window_feed.ts";
import { CertificateAuthority } from "../machine/kafka/certificates.ts";
import { fakeView } from "../fakes/fake_view.ts";

const LARGE = "x".repeat(16 * 1024 * 1024);
const HOST = "Host: x\r\n";
const PATIENCE_MS = 18_000;
const FLOOD_CONNECTIONS = 2000;
const FLOOD_SECONDS = 10;
const SLOW_READER_MS = 15_000;
/** More than any buffer on the way holds: the server has sent it after the pause. */
const ENOUGH_BYTES = 64 * 1024 * 1024;

interface Client {
  readonly name: string;
  readonly bytes: string;
  /** Sent again and again. */
  readonly then?: string;
  readonly isHalfClosed?: boolean;
}

const CLIENTS: readonly Client[] = [
  { name: "slow head", bytes: `GET /healthz HTTP/1.1\r\n${HOST}X-` },
  { name: "dribbled head", bytes: `GET /healthz HTTP/1.1\r\n${HOST}X-`, then: "a" },
  { name: "dribbled blank lines", bytes: "\r\n", then: "\r\n" },
  { name: "silent client", bytes: "" },
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

/** They read nothing after the first bytes, until the server has had time to notice. */
const SLOW_READERS: readonly Client[] = [
  { name: "slow reader of /metrics", bytes: `GET /metrics HTTP/1.1\r\n${HOST}\r\n` },
  { name: "slow reader of the stream", bytes: `GET /api/v1/stream HTTP/1.1\r\n${HOST}\r\n` },
];

type Connect = () => net.Socket;

/** The bytes that the client got, and the time when the server closed. */
function observe(
  connect: Connect,
  { bytes, then, isHalfClosed = false }: Client,
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

/** As `observe`, for a slow reader. The client's runtime reads nothing unasked, so that the server's writes do block. */
async function observeSlowReader(connect: () => Promise<Deno.Conn>, { bytes }: Client): Promise<string> {
  const conn = await connect();
  await conn.write(new TextEncoder().encode(bytes));
  const buffer = new Uint8Array(64 * 1024);
  let received = await conn.read(buffer) ?? 0;
  const status = new TextDecoder().decode(buffer.subarray(9, 12));
  await new Promise((resolve) => setTimeout(resolve, SLOW_READER_MS));
  let end = "closed";
  try {
    for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
      received += count;
      if (received > ENOUGH_BYTES) {
        end = "still open";
        break;
      }
    }
  } catch (error) {
    end = error instanceof Error ? error.name : `${error}`;
  }
  conn.close();
  return `${status}, ${received} bytes, ${end} when it read on after ${SLOW_READER_MS / 1000} s`;
}

interface Target {
  readonly server: HttpServer;
  readonly windows: WindowFeed;
  readonly port: number;
  /** Undefined: without TLS. */
  readonly ca: string | undefined;
}

async function start(authority: CertificateAuthority | undefined): Promise<Target> {
  const windows = new WindowFeed();
  const metrics = () => Promise.resolve({ contentType: "text/plain", body: LARGE });
  const options = { listen: "127.0.0.1:0", view: fakeView({ windows, metrics }), log: console };
  if (authority === undefined) {
    const server = await startHttpServer(options);
    return { server, windows, port: Number(new URL(server.url).port), ca: undefined };
  }
  const issued = await authority.issue("localhost", { names: "DNS:localhost,IP:127.0.0.1" });
  const [ca, certificates, key] = [authority.file, issued.certificateFile, issued.keyFile].map((file) =>
    Deno.readTextFileSync(file)
  );
  const server = await startHttpServer({ ...options, certificate: { certificates, key } });
  return { server, windows, port: Number(new URL(server.url).port), ca };
}

async function observeAll({ windows, port, ca }: Target): Promise<Map<string, string>> {
  const hostname = "127.0.0.1";
  const plain = () => net.connect({ port, host: hostname, allowHalfOpen: true });
  const secure = () => tls.connect({ port, host: hostname, rejectUnauthorized: false });
  const connect = async (): Promise<Deno.Conn> =>
    ca === undefined
      ? await Deno.connect({ hostname, port })
      : await Deno.connectTls({ hostname, port, caCerts: [ca] });
  const table = new Map([...CLIENTS, ...SLOW_READERS].map(({ name }) => [name, ""]));
  const publishing = setInterval(
    () => windows.publish(Date.now(), JSON.stringify("x".repeat(1024 * 1024))),
    200,
  );
  await Promise.all([
    ...CLIENTS.map(async (client) =>
      table.set(client.name, await observe(ca === undefined ? plain : secure, client))
    ),
    ...SLOW_READERS.map(async (client) => table.set(client.name, await observeSlowReader(connect, client))),
  ]);
  clearInterval(publishing);
  if (ca !== undefined) {
    table.set("no TLS", await observe(plain, { name: "", bytes: `GET / HTTP/1.1\r\n${HOST}\r\n` }));
    table.set("half a handshake", await observe(plain, { name: "", bytes: "\x16\x03\x01" }));
  }
  return table;
}

/** One address opens connections as fast as it can; another one scrapes every second. */
async function flood({ port, ca }: Target): Promise<string> {
  const mode = ca === undefined ? "plain" : "tls";
  const file = new URL("flood.py", import.meta.url).pathname;
  const before = process.cpuUsage();
  const { stdout, stderr } = await new Deno.Command("python3", {
    args: [file, `${port}`, `${FLOOD_CONNECTIONS}`, `${FLOOD_SECONDS}`, mode],
  }).output();
  const { user, system } = process.cpuUsage(before);
  const report = new TextDecoder().decode(stdout).trim() || new TextDecoder().decode(stderr).slice(-200);
  return `${report}; ${((user + system) / 1e4 / FLOOD_SECONDS).toFixed(0)} % of a core`;
}

if (import.meta.main) {
  await using authority = await CertificateAuthority.make("rtcount-test");
  const targets = [await start(undefined), await start(authority)];
  const tables = await Promise.all(targets.map(observeAll));
  for (const [n, target] of targets.entries()) {
    tables[n].set(`${FLOOD_CONNECTIONS} connections`, await flood(target));
    await target.server.stop();
  }
  console.log(`Deno ${Deno.version.deno}\n\n| client | plain | TLS |\n|---|---|---|`);
  const names = new Set(tables.flatMap((table) => [...table.keys()]));
  for (const name of names) {
    console.log(`| ${[name, ...tables.map((table) => table.get(name) ?? "")].join(" | ")} |`);
  }
}
