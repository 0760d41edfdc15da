// The one door to kafkajs. Taken from it are its connection (framing, TLS, SASL) and its encoders and decoders of
// requests. Its consumer is not: a runner that dies on errors that it holds non-retriable, jumps to the end of the log
// when an offset is out of range, beats its heart only when asked, and makes several objects per record. The consumer
// here is our own, on kafkajs's connections, and the bytes of a Fetch response never meet kafkajs's decoder.
//
// These are inner modules, of exactly one version; `checkKafkajs` says so before anything is connected.

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import scram from "kafkajs/src/broker/saslAuthenticator/scram.js";
import assignerProtocol from "kafkajs/src/consumer/assignerProtocol.js";
import Connection from "kafkajs/src/network/connection.js";
import KafkajsDecoder from "kafkajs/src/protocol/decoder.js";
import Encoder from "kafkajs/src/protocol/encoder.js";
import errorTable from "kafkajs/src/protocol/error.js";
import fetchRequest from "kafkajs/src/protocol/requests/fetch/v11/request.js";
import requestTable from "kafkajs/src/protocol/requests/index.js";
import bearerRequest from "kafkajs/src/protocol/sasl/oauthBearer/request.js";
import plainRequest from "kafkajs/src/protocol/sasl/plain/request.js";
import kafkajsPackage from "kafkajs/package.json" with { type: "json" };
import { boundDecoder, type Decoder } from "./bounded_decoder.ts";

const KAFKAJS_VERSION = "2.2.4";
/** The newest without flexible fields. */
const PRODUCE_VERSION = 7;
const ALL_REPLICAS = -1;

// At once, and not when something is connected: nobody is to meet the other one.
boundDecoder(KafkajsDecoder.prototype as unknown as Decoder);

/** The requests that are sent; kafkajs names FindCoordinator GroupCoordinator. */
export type ApiName =
  | "ApiVersions"
  | "DescribeConfigs"
  | "DescribeGroups"
  | "Fetch"
  | "GroupCoordinator"
  | "Heartbeat"
  | "InitProducerId"
  | "JoinGroup"
  | "LeaveGroup"
  | "ListOffsets"
  | "Metadata"
  | "OffsetCommit"
  | "OffsetFetch"
  | "Produce"
  | "SaslAuthenticate"
  | "SaslHandshake"
  | "SyncGroup";

/** What a request looks like to kafkajs's connection. */
export interface ProtocolRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
}

/** A request with the decoder of its response. `decode` gets the payload after the correlation id. */
export interface ProtocolExchange {
  readonly request: ProtocolRequest;
  readonly response: { decode(payload: Buffer): unknown };
}

interface RequestDefinition {
  readonly versions: readonly string[];
  protocol(options: { version: number }): (args: object) => ProtocolExchange;
}

/** kafkajs's connection, as far as it is used. */
export interface KafkajsConnection {
  connectionStatus: string;
  /** What has to be there before anything can be done with it. */
  readonly bytesNeeded: number;
  /** Takes what the socket has received. */
  processData(data: Buffer): void;
  readonly requestQueue: {
    rejectAll(error: Error): void;
    destroy(): void;
    scheduleCheckPendingRequests(): void;
  };
  connect(): Promise<unknown>;
  send(exchange: {
    request: ProtocolRequest;
    response: { decode(payload: Buffer): unknown; parse(decoded: unknown): unknown };
    logResponseError: boolean;
  }): Promise<unknown>;
}

interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly connectionTimeout: number;
  readonly enforceRequestTimeout: boolean;
  readonly logger: { namespace(): unknown };
  readonly socketFactory: (target: { host: string; port: number; onConnect: () => void }) => Socket;
}

export interface Subscription {
  readonly version: number;
  readonly topics: readonly (string | null)[];
  readonly userData: Buffer | null;
}

interface MemberAssignment {
  readonly version: number;
  readonly assignment: Readonly<Record<string, readonly number[]>>;
  readonly userData: Buffer | null;
}

interface Codec<T> {
  encode(value: T): Buffer;
  decode(bytes: Buffer): T | null;
}

interface SaslRequest {
  encode(): Promise<Buffer>;
}

interface SaslExchange {
  readonly request: SaslRequest;
  readonly response: { decode(payload: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> };
}

/** The RFC's least is 4,096; a broker that asks for millions wants our time. */
const MAX_SCRAM_ITERATIONS = 1_000_000;

const requests = requestTable.requests as Readonly<Record<ApiName, RequestDefinition>>;

/** Kafka's own format of what the members of a consumer group tell each other, so that its tools can read it. */
export const subscriptionCodec = assignerProtocol.MemberMetadata as unknown as Codec<Subscription>;
export const memberAssignmentCodec = assignerProtocol.MemberAssignment as unknown as Codec<MemberAssignment>;

/** @throws Error when kafkajs is not the version, or has not the inner shape, that this was written for. */
export function checkKafkajs(): void {
  const version = kafkajsPackage.version;
  if (version !== KAFKAJS_VERSION) {
    throw new Error(`kafkajs: version ${version} is installed, exactly ${KAFKAJS_VERSION} is wanted`);
  }
  const probe = makeConnection({
    host: "localhost",
    port: 1,
    clientId: "",
    connectionTimeout: 1,
    enforceRequestTimeout: false,
    logger: SILENT_LOGGER,
    socketFactory: () => {
      throw new Error("unreachable: the probe never connects");
    },
  });
  const missing = [
    ["Connection.connect", probe.connect],
    ["Connection.send", probe.send],
    ["Connection.processData", probe.processData],
    ["RequestQueue.rejectAll", probe.requestQueue?.rejectAll],
    ["RequestQueue.destroy", probe.requestQueue?.destroy],
    ["RequestQueue.scheduleCheckPendingRequests", probe.requestQueue?.scheduleCheckPendingRequests],
    ["fetch/v11/request", fetchRequest],
    ["saslAuthenticator/scram", scram?.SCRAM],
    ["sasl/plain/request", plainRequest],
    ["sasl/oauthBearer/request", bearerRequest],
    ["MemberMetadata.encode", subscriptionCodec?.encode],
    ["MemberAssignment.encode", memberAssignmentCodec?.encode],
    ["requests.Fetch.protocol", requests?.Fetch?.protocol],
    ["requests.Produce.protocol", requests?.Produce?.protocol],
    ["Encoder.writeBufferInternal", Encoder?.prototype?.writeBufferInternal],
  ].filter(([, found]) => typeof found !== "function").map(([name]) => name);
  if (missing.length > 0) throw new Error(`kafkajs ${version} has no ${missing.join(", no ")}`);
}

/** A connection that has not been opened yet. */
export function makeConnection(options: ConnectionOptions): KafkajsConnection {
  return new Connection(
    options as ConstructorParameters<typeof Connection>[0],
  ) as unknown as KafkajsConnection;
}

/** kafkajs logs what it also throws; what it throws is enough. */
export const SILENT_LOGGER = {
  namespace(): unknown {
    const ignore = () => {};
    return { debug: ignore, info: ignore, warn: ignore, error: ignore };
  },
};

/** The newest version of `api` that kafkajs can speak, at most `brokersNewest`. */
export function makeExchange(
  api: ApiName,
  args: object,
  options: { readonly brokersNewest: number },
): ProtocolExchange {
  const definition = requests[api];
  const version = Math.min(options.brokersNewest, Math.max(...definition.versions.map(Number)));
  return definition.protocol({ version })(args);
}

/** The request alone: the answer is for a decoder of ours. */
export function makeFetchRequest(args: object): ProtocolRequest {
  return fetchRequest(args as Parameters<typeof fetchRequest>[0]);
}

/** What SASL PLAIN sends, with its length in front. */
export function plainMessage(credentials: { username: string; password: string }): Promise<Buffer> {
  const { username, password } = credentials;
  return (plainRequest as (credentials: object) => SaslRequest)({ username, password }).encode();
}

/** What SASL OAUTHBEARER sends, with its length in front. */
export async function bearerMessage(token: string): Promise<Buffer> {
  const request = await (bearerRequest as (sasl: object, token: object) => Promise<SaslRequest>)({}, {
    value: token,
  });
  return await request.encode();
}

/**
 * Goes through SASL SCRAM: `send` takes a message and answers with the broker's, both with their length in front.
 *
 * @throws what `send` throws, and Error where the broker's messages are wrong
 */
export async function scramLogIn(
  { username, password, mechanism }: {
    readonly username: string;
    readonly password: string;
    readonly mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-512";
  },
  send: (message: Promise<Buffer>) => Promise<Buffer>,
): Promise<void> {
  // kafkajs throws another error in place of what it catches.
  let failure: unknown;
  const saslAuthenticate = async ({ request, response }: SaslExchange): Promise<unknown> => {
    try {
      const message = await response.parse(await response.decode(await send(request.encode())));
      const iterations = Number((message as { i?: string }).i ?? 0);
      if (iterations <= MAX_SCRAM_ITERATIONS) return message;
      throw new Error(`it asks for ${iterations} iterations, wanted no more than ${MAX_SCRAM_ITERATIONS}`);
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const digest = mechanism === "SCRAM-SHA-256" ? scram.DIGESTS.SHA256 : scram.DIGESTS.SHA512;
  const logger = SILENT_LOGGER.namespace();
  try {
    await new scram.SCRAM({ username, password }, "", 0, logger, saslAuthenticate, digest).authenticate();
  } catch (error) {
    throw failure ?? error;
  }
}

/** Record batches as they are, one for each of some partitions of a topic. */
export interface BatchesToProduce {
  readonly topic: string;
  readonly batches: readonly { readonly partition: number; readonly bytes: Uint8Array }[];
  /** How long the leaders may wait for their replicas. */
  readonly timeoutMs: number;
}

/** A request that is answered when all replicas have the batches; kafkajs's own encoder would make them anew each time. */
export function makeProduceExchange({ topic, batches, timeoutMs }: BatchesToProduce): ProtocolExchange {
  const { request, response } = requests.Produce.protocol({ version: PRODUCE_VERSION })({
    acks: ALL_REPLICAS,
    timeout: timeoutMs,
    topicData: [],
  });
  const encode = () => {
    const encoder = new Encoder().writeString(null).writeInt16(ALL_REPLICAS).writeInt32(timeoutMs)
      .writeInt32(1).writeString(topic).writeInt32(batches.length);
    for (const { partition, bytes } of batches) {
      encoder.writeInt32(partition).writeInt32(bytes.length).writeBufferInternal(asBuffer(bytes));
    }
    return Promise.resolve(encoder);
  };
  return { request: { ...request, encode } as ProtocolRequest, response };
}

/** The name and the meaning of one of Kafka's error codes. */
export function describeErrorCode(code: number): { readonly type: string; readonly message: string } {
  const { type, message } = errorTable.createErrorFromCode(code);
  return { type: code === 0 ? "NONE" : type, message };
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
