// What is at an address where no broker was found: which addresses its name stands for, whether anything listens there,
// and what that speaks. Asked by hand, on connections of its own, as a client of Kafka only hears that it was hung up on.
// TLS is no matter of this: the client itself finds out about it.

import { Buffer } from "node:buffer";
import { lookup } from "node:dns/promises";
import { connect, isIP } from "node:net";
import { splitAddress } from "../text/address.ts";

/** Of each single attempt. */
const TIMEOUT_MS = 2_000;
/** As many as are tried of a name. */
const MAX_ADDRESSES = 8;
/** What tells protocols apart stands at the beginning. */
const MAX_GREETING_BYTES = 64;

export interface AddressFacts {
  readonly ip: string;
  readonly state: "open" | "refused" | "silent";
}

/** `closes`: whatever it is asked, it hangs up. `silent`: it says nothing to anything. */
export type Speech = "kafka" | "http" | "silent" | "closes" | "other";

/** ApiVersions, version 0, from the client `rtcount`, with 1 as its correlation id. */
const KAFKA_HELLO = Buffer.from([0, 0, 0, 17, 0, 18, 0, 0, 0, 0, 0, 1, 0, 7, ...Buffer.from("rtcount")]);
const HTTP_HELLO = Buffer.from("GET / HTTP/1.0\r\n\r\n");

/**
 * Which addresses the name in `address` (`host:port`) stands for, in the order in which they are tried, and whether
 * anything listens at each. None where the name has none.
 */
export async function probeAddresses(address: string): Promise<readonly AddressFacts[]> {
  const { host, port } = splitAddress(address);
  const ips = await resolve(host);
  return await Promise.all(ips.map(async (ip) => ({ ip, state: await probeAddress({ ip, port }) })));
}

/** What the first address that is open speaks; undefined where none is. */
export async function probeSpeech(
  address: string,
  addresses: readonly AddressFacts[],
): Promise<Speech | undefined> {
  const open = addresses.find(({ state }) => state === "open");
  return open && await listen({ ip: open.ip, port: splitAddress(address).port });
}

/** The addresses of a name, or of an address itself. */
async function resolve(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const { promise: tooLate, resolve: giveUp } = Promise.withResolvers<readonly string[]>();
  const timer = setTimeout(() => giveUp([]), TIMEOUT_MS);
  try {
    const found = lookup(host, { all: true }).then((all) => all.map(({ address }) => address));
    return (await Promise.race([found, tooLate])).slice(0, MAX_ADDRESSES);
  } catch (error) {
    // It has no address, and why not has been said by whoever tried it before.
    if (error instanceof Error && "code" in error) return [];
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function probeAddress({ ip, port }: { ip: string; port: number }): Promise<AddressFacts["state"]> {
  const socket = connect({ host: ip, port });
  const { promise, resolve } = Promise.withResolvers<AddressFacts["state"]>();
  socket.on("connect", () => resolve("open"));
  socket.on(
    "error",
    (error: Error & { code?: string }) => resolve(error.code === "ECONNREFUSED" ? "refused" : "silent"),
  );
  const timer = setTimeout(() => resolve("silent"), TIMEOUT_MS);
  return await promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}

/** Says hello in two languages at a time: what does not know one may wait for more of it without end. */
async function listen(target: { ip: string; port: number }): Promise<Speech> {
  const [toKafka, toHttp] = await Promise.all([greet(target, KAFKA_HELLO), greet(target, HTTP_HELLO)]);
  return judgeSpeech(toKafka, toHttp);
}

/** How a port answers a greeting: with its first bytes, none where it hangs up; undefined where it says nothing. */
export type Greeting = Uint8Array | undefined;

/** What speaks so to Kafka's hello and to HTTP's. */
export function judgeSpeech(toKafka: Greeting, toHttp: Greeting): Speech {
  const kafka = Buffer.from(toKafka ?? []);
  if (kafka.length >= 8 && kafka.readInt32BE(0) > 0 && kafka.readInt32BE(4) === 1) return "kafka";
  for (const heard of [toKafka, toHttp]) {
    const bytes = Buffer.from(heard ?? []);
    if (bytes.subarray(0, 5).toString("latin1") === "HTTP/") return "http";
  }
  if (toKafka === undefined && toHttp === undefined) return "silent";
  return (toKafka?.length ?? 0) + (toHttp?.length ?? 0) === 0 ? "closes" : "other";
}

async function greet({ ip, port }: { ip: string; port: number }, hello: Uint8Array): Promise<Greeting> {
  const socket = connect({ host: ip, port });
  const heard: Buffer[] = [];
  let bytes = 0;
  const { promise: over, resolve } = Promise.withResolvers<boolean>();
  socket.on("connect", () => socket.write(hello));
  socket.on("data", (chunk: Buffer) => {
    heard.push(chunk);
    bytes += chunk.length;
    if (bytes >= MAX_GREETING_BYTES) resolve(true);
  });
  socket.on("error", () => resolve(true));
  socket.on("close", () => resolve(true));
  const timer = setTimeout(() => resolve(false), TIMEOUT_MS);
  const hungUp = await over.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
  return hungUp || bytes > 0 ? Buffer.concat(heard) : undefined;
}
