// Prints what clients that no server likes get from the HTTP server, in plain and over TLS: deno run -A, from anywhere.
// Ten seconds are the server's own limit for most of it, so that a run takes a minute and a half.

import net from "node:net";
import tls from "node:tls";
import { fileURLToPath } from "node:url";
import { startHttpServer } from "../../lib/http/server.ts";
import { WindowFeed } from "../../lib/http/window_feed.ts";
import { CertificateAuthority } from "../machine/kafka/certificates.ts";
import { cpuShareDuring } from "../machine/process_cpu.ts";
import { fakeView } from "../fakes/fake_view.ts";

const LARGE = "x".repeat(16 * 1024 * 1024);
const HOST = "Host: x\r\n";
const PATIENCE_MS = 18_000;
const FLOOD_CONNECTIONS = 2000;
const FLOOD_SECONDS = 10;
const WINDOW_MS = 200;
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
  const buffer = new Uint8Array(64 * 1024);
  let received = 0;
  let status = "nothing";
  let end = "closed";
  try {
    await conn.write(new TextEncoder().encode(bytes));
    for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
      if (received === 0) {
        status = new TextDecoder().decode(buffer.subarray(9, 12));
        await new Promise((resolve) => setTimeout(resolve, SLOW_READER_MS));
      }
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

/** A server in a process of its own, so that busy clients do not delay it. */
interface Target extends Disposable {
  readonly port: number;
  readonly pid: number;
  /** Undefined: without TLS. */
  readonly ca: string | undefined;
}

async function start(authority: CertificateAuthority | undefined): Promise<Target> {
  const issued = await authority?.issue("localhost", { names: "DNS:localhost,IP:127.0.0.1" });
  const files = issued === undefined ? [] : [issued.certificateFile, issued.keyFile];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", fileURLToPath(import.meta.url), "serve", ...files],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  const port = Number(new TextDecoder().decode(value));
  const ca = authority && await Deno.readTextFile(authority.file);
  return { port, pid: child.pid, ca, [Symbol.dispose]: () => child.kill("SIGKILL") };
}

/** Serves large metrics and large windows, prints its port, and goes on until it is killed. */
async function serve(files: readonly string[]): Promise<void> {
  const [certificates, key] = files.map((file) => Deno.readTextFileSync(file));
  const windows = new WindowFeed();
  const metrics = () => Promise.resolve({ contentType: "text/plain", body: LARGE });
  const server = await startHttpServer({
    listen: "127.0.0.1:0",
    view: fakeView({ windows, metrics }),
    log: console,
    ...(key !== undefined && { certificate: { certificates, key } }),
  });
  console.log(new URL(server.url).port);
  setInterval(() => windows.publish(Date.now(), JSON.stringify("x".repeat(1024 * 1024))), WINDOW_MS);
}

async function observeAll({ port, ca }: Target): Promise<Map<string, string>> {
  const hostname = "127.0.0.1";
  const plain = () => net.connect({ port, host: hostname, allowHalfOpen: true });
  const secure = () => tls.connect({ port, host: hostname, rejectUnauthorized: false });
  const connect = async (): Promise<Deno.Conn> =>
    ca === undefined
      ? await Deno.connect({ hostname, port })
      : await Deno.connectTls({ hostname, port, caCerts: [ca] });
  const table = new Map([...CLIENTS, ...SLOW_READERS].map(({ name }) => [name, ""]));
  await Promise.all([
    ...CLIENTS.map(async (client) =>
      table.set(client.name, await observe(ca === undefined ? plain : secure, client))
    ),
    ...SLOW_READERS.map(async (client) => table.set(client.name, await observeSlowReader(connect, client))),
  ]);
  if (ca !== undefined) {
    table.set("no TLS", await observe(plain, { name: "", bytes: `GET / HTTP/1.1\r\n${HOST}\r\n` }));
    table.set("half a handshake", await observe(plain, { name: "", bytes: "\x16\x03\x01" }));
  }
  return table;
}

/** One address opens connections as fast as it can; another one scrapes every second. */
async function flood({ port, pid, ca }: Target): Promise<string> {
  const mode = ca === undefined ? "plain" : "tls";
  const file = new URL("flood.py", import.meta.url).pathname;
  let report = "";
  const share = await cpuShareDuring(pid, async () => {
    const { stdout, stderr } = await new Deno.Command("python3", {
      args: [file, `${port}`, `${FLOOD_CONNECTIONS}`, `${FLOOD_SECONDS}`, mode],
    }).output();
    report = new TextDecoder().decode(stdout).trim() || new TextDecoder().decode(stderr).slice(-200);
  });
  return `${report}; ${(share * 100).toFixed(0)} % of a core`;
}

async function main(): Promise<void> {
  await using authority = await CertificateAuthority.make("rtcount-test");
  using plain = await start(undefined);
  using secure = await start(authority);
  const targets = [plain, secure];
  const tables = await Promise.all(targets.map(observeAll));
  for (const [n, target] of targets.entries()) {
    tables[n].set(`${FLOOD_CONNECTIONS} connections`, await flood(target));
  }
  console.log(`Deno ${Deno.version.deno}\n\n| client | plain | TLS |\n|---|---|---|`);
  const names = new Set(tables.flatMap((table) => [...table.keys()]));
  for (const name of names) {
    console.log(`| ${[name, ...tables.map((table) => table.get(name) ?? "")].join(" | ")} |`);
  }
}

if (import.meta.main) {
  const [command, ...files] = Deno.args;
  await (command === "serve" ? serve(files) : main());
}
