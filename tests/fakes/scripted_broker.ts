// A broker at a port of this machine that answers each request as its test says: also with what no broker answers.

import { serveSockets } from "./socket_server.ts";

const API_VERSIONS = 18;
const ENCODER = new TextEncoder();

/** The keys of the requests (https://kafka.apache.org/protocol#protocol_api_keys). */
export const Api = {
  produce: 0,
  fetch: 1,
  listOffsets: 2,
  metadata: 3,
  offsetCommit: 8,
  offsetFetch: 9,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
  leaveGroup: 13,
  syncGroup: 14,
  initProducerId: 22,
} as const;

export interface ScriptedRequest {
  readonly apiKey: number;
  readonly correlationId: number;
}

/** An answer after the correlation id; undefined for none. */
export type Script = (request: ScriptedRequest) => Uint8Array | undefined;

/** The parts of an answer in Kafka's format. */
export const part = {
  int8: (value: number) => Uint8Array.of(value),
  int16: (value: number) => Uint8Array.of(value >> 8, value),
  int32: (value: number) => Uint8Array.of(value >> 24, value >> 16, value >> 8, value),
  int64(value: bigint): Uint8Array {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, value);
    return bytes;
  },
  /** Null as its length, -1. */
  text(value: string | null): Uint8Array {
    if (value === null) return part.int16(-1);
    const bytes = ENCODER.encode(value);
    return joined(part.int16(bytes.length), bytes);
  },
  array: (elements: readonly Uint8Array[]) => joined(part.int32(elements.length), ...elements),
} as const;

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((bytes) => [...bytes]));
}

/** Metadata, version 1, of one topic with partitions from 0 on. */
export function metadataAnswer({ brokers, topic, leaders }: {
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly topic: string;
  readonly leaders: readonly number[];
}): Uint8Array {
  const listed = brokers.map(({ id, host, port }) =>
    joined(part.int32(id), part.text(host), part.int32(port), part.text(null))
  );
  const partitions = leaders.map((leader, partition) =>
    joined(part.int16(0), part.int32(partition), part.int32(leader), part.array([]), part.array([]))
  );
  const found = joined(part.int16(0), part.text(topic), part.int8(0), part.array(partitions));
  return joined(part.array(listed), part.int32(0), part.array([found]));
}

export interface ScriptedBroker extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** The connections that are open now. */
  readonly open: number;
  /** The requests so far. */
  readonly requests: readonly ScriptedRequest[];
}

/** @param versions the newest versions that the broker claims to support, by key; 1 for the others */
export async function scriptBroker(
  script: Script,
  versions: ReadonlyMap<number, number> = new Map(),
): Promise<ScriptedBroker> {
  const requests: ScriptedRequest[] = [];
  const answerTo = (request: ScriptedRequest) => {
    if (request.apiKey !== API_VERSIONS) return script(request);
    const keys = [API_VERSIONS, ...Object.values(Api)].map((key) =>
      joined(part.int16(key), part.int16(0), part.int16(versions.get(key) ?? 1))
    );
    return joined(part.int16(0), part.array(keys), part.int32(0));
  };
  const server = await serveSockets((socket) => {
    let received = new Uint8Array();
    socket.on("data", (bytes: Uint8Array) => {
      received = joined(received, bytes) as Uint8Array<ArrayBuffer>;
      while (received.length >= 4) {
        const view = new DataView(received.buffer);
        const end = 4 + view.getInt32(0);
        if (received.length < end) return;
        const request = { apiKey: view.getInt16(4), correlationId: view.getInt32(8) };
        received = received.slice(end);
        requests.push(request);
        const answer = answerTo(request);
        if (answer === undefined) continue;
        socket.write(joined(part.int32(answer.length + 4), part.int32(request.correlationId), answer));
      }
    });
  });
  const { address, port, sockets } = server;
  return {
    address,
    port,
    get open() {
      return sockets.size;
    },
    requests,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
