// Probes an address where no broker was found: the addresses of its name, whether anything listens there, and which
// protocol that speaks. It opens connections of its own, since a Kafka client sees only that the connection closes. TLS
// is left to the client, which recognizes it.

import { Buffer } from "node:buffer";
import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import type { Clock } from "../async/clock.ts";
import { splitAddress } from "../text/address.ts";

/** For each single attempt. */
const TIMEOUT_MS = 2_000;
/** The client tries no more addresses of a name. */
const MAX_ADDRESSES = 8;
/** The first bytes tell protocols apart. */
const MAX_GREETING_BYTES = 64;

export interface AddressFacts {
  readonly ip: string;
  readonly state: "open" | "refused" | "silent";
}

/** `closes`: it closes the connection whatever it receives. `silent`: it never sends anything. */
export type Speech = "kafka" | "http" | "silent" | "closes" | "other";

/** ApiVersions, version 0, from the client `rtcount`, with the correlation id 1. */
const KAFKA_HELLO = Buffer.from([0, 0, 0, 17, 0, 18, 0, 0, 0, 0, 0, 1, 0, 7, ...Buffer.from("rtcount")]);
const HTTP_HELLO = Buffer.from("GET / HTTP/1.0\r\n\r\n");

/** The addresses of the name in `address` (`host:port`), in the order in which a client tries them. */
export async function probeAddresses(address: string, clock: Clock): Promise<readonly AddressFacts[]> {
  const { host, port } = splitAddress(address);
  const ips = await resolve(host, clock);
  return await Promise.all(
    ips.map(async (ip) => ({ ip, state: await probeAddress(connect(port, ip), clock) })),
  );
}

/** The protocol at the first open address; undefined if none is open. */
export async function probeSpeech(
  address: string,
  { addresses, clock }: { readonly addresses: readonly AddressFacts[]; readonly clock: Clock },
): Promise<Speech | undefined> {
  const open = addresses.find(({ state }) => state === "open");
  if (open === undefined) return undefined;
  const { port } = splitAddress(address);
  // Both at the same time: a server may wait without end for the rest of a greeting that it does not know.
  const [toKafka, toHttp] = await Promise.all(
    [KAFKA_HELLO, HTTP_HELLO].map((hello) => greet(connect(port, open.ip), { hello, clock })),
  );
  return judgeSpeech(toKafka, toHttp);
}

async function resolve(host: string, clock: Clock): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    const found = await within(clock, lookup(host, { all: true }), []);
    return found.map(({ address }) => address).slice(0, MAX_ADDRESSES);
  } catch (error) {
    // The client has reported already why the name has no address.
    if (error instanceof Error && "code" in error) return [];
    throw error;
  }
}

async function probeAddress(socket: Socket, clock: Clock): Promise<AddressFacts["state"]> {
  const { promise, resolve } = Promise.withResolvers<AddressFacts["state"]>();
  socket.on("connect", () => resolve("open"));
  socket.on("error", (error: Error & { code?: string }) => {
    resolve(error.code === "ECONNREFUSED" ? "refused" : "silent");
  });
  return await within(clock, promise, "silent").finally(() => socket.destroy());
}

/** The first bytes that a port answers; none if it closes the connection, undefined if it sends nothing. */
export type Greeting = Uint8Array | undefined;

/** Judges by the answers to Kafka's greeting and to HTTP's. */
export function judgeSpeech(toKafka: Greeting, toHttp: Greeting): Speech {
  const kafka = Buffer.from(toKafka ?? []);
  if (kafka.length >= 8 && kafka.readInt32BE(0) > 0 && kafka.readInt32BE(4) === 1) return "kafka";
  for (const answer of [toKafka, toHttp]) {
    if (Buffer.from(answer ?? []).subarray(0, 5).toString("latin1") === "HTTP/") return "http";
  }
  if (toKafka === undefined && toHttp === undefined) return "silent";
  return (toKafka?.length ?? 0) + (toHttp?.length ?? 0) === 0 ? "closes" : "other";
}

async function greet(
  socket: Socket,
  { hello, clock }: { readonly hello: Uint8Array; readonly clock: Clock },
): Promise<Greeting> {
  let answer = Buffer.alloc(0);
  const { promise: over, resolve } = Promise.withResolvers<boolean>();
  socket.on("connect", () => socket.write(hello));
  socket.on("data", (chunk: Buffer) => {
    answer = Buffer.concat([answer, chunk]);
    if (answer.length >= MAX_GREETING_BYTES) resolve(true);
  });
  socket.on("error", () => resolve(true));
  socket.on("close", () => resolve(true));
  const closed = await within(clock, over, false).finally(() => socket.destroy());
  return closed || answer.length > 0 ? answer : undefined;
}

/** The result of the work, or `late` if the work takes longer than one attempt may. */
async function within<T>(clock: Clock, work: Promise<T>, late: T): Promise<T> {
  const done = new AbortController();
  try {
    return await Promise.race([work, clock.sleep(TIMEOUT_MS, done.signal).then(() => late)]);
  } finally {
    done.abort();
  }
}
