// The only file that imports kafkajs. It takes kafkajs's connection (framing) and its encoders and decoders of requests.
// kafkajs's consumer is not used: it stops on errors that it holds non-retriable, jumps to the end of the log when an
// offset is out of range, sends heartbeats only when asked, and allocates several objects per record.
//
// These are private modules, so deno.json pins one version; tests/kafka/connection/kafkajs_test.ts checks their shape.

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import scram from "kafkajs/src/broker/saslAuthenticator/scram.js";
import Connection from "kafkajs/src/network/connection.js";
import KafkajsDecoder from "kafkajs/src/protocol/decoder.js";
import Encoder from "kafkajs/src/protocol/encoder.js";
import errorTable from "kafkajs/src/protocol/error.js";
import requestTable from "kafkajs/src/protocol/requests/index.js";
import bearerRequest from "kafkajs/src/protocol/sasl/oauthBearer/request.js";
import plainRequest from "kafkajs/src/protocol/sasl/plain/request.js";
import { encodeFetchRequest, FETCH_VERSION, type FetchFields } from "../wire/fetch_request.ts";
import type { BearerToken } from "./broker_security.ts";
import { boundDecoder, type Decoder } from "./bounded_decoder.ts";
import { decodeMetadata } from "./metadata_answer.ts";
import { requireValues } from "./required_values.ts";

/** The newest version without flexible fields. */
const PRODUCE_VERSION = 7;
const ALL_REPLICAS = -1;
const FETCH_KEY = 1;

boundDecoder(KafkajsDecoder.prototype as unknown as Decoder);

/** The requests that are sent. kafkajs calls FindCoordinator GroupCoordinator. */
export type ApiName =
  | "ApiVersions"
  | "CreateTopics"
  | "DescribeConfigs"
  | "DescribeGroups"
  | "Fetch"
  | "GroupCoordinator"
  | "Heartbeat"
  | "InitProducerId"
  | "JoinGroup"
  | "LeaveGroup"
  | "ListGroups"
  | "ListOffsets"
  | "Metadata"
  | "OffsetCommit"
  | "OffsetFetch"
  | "Produce"
  | "SaslAuthenticate"
  | "SaslHandshake"
  | "SyncGroup";

export interface ProtocolRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
}

/** A request with the decoder of its response, which gets the payload after the correlation id. */
export interface ProtocolExchange {
  readonly request: ProtocolRequest;
  readonly response: { decode(payload: Buffer): unknown };
}

interface RequestDefinition {
  readonly versions: readonly string[];
  protocol(options: { version: number }): (args: object) => ProtocolExchange;
}

/** The part of kafkajs's connection that is used. */
export interface KafkajsConnection {
  connectionStatus: string;
  /** How many bytes complete the next answer. */
  readonly bytesNeeded: number;
  processData(data: Buffer): void;
  readonly requestQueue: {
    /** The requests that are not answered yet, by correlation id. */
    readonly inflight: ReadonlyMap<number, { readonly entry: { readonly apiName: string } }>;
    fulfillRequest(answer: { readonly correlationId: number }): void;
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

interface SaslRequest {
  encode(): Promise<Buffer>;
}

interface SaslExchange {
  readonly request: SaslRequest;
  readonly response: { decode(payload: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> };
}

/** The RFC's minimum is 4,096. A broker that asks for millions would keep this process busy. */
const MAX_SCRAM_ITERATIONS = 1_000_000;

const requests = requestTable.requests as Readonly<Record<ApiName, RequestDefinition>>;

/** A connection over a socket that is open already. */
export function makeConnection(clientId: string, socket: Socket): KafkajsConnection {
  const settings = {
    // kafkajs uses these two for its log only.
    host: "",
    port: 0,
    clientId,
    connectionTimeout: 1_000,
    enforceRequestTimeout: false,
    logger: SILENT_LOGGER,
    socketFactory({ onConnect }: { readonly onConnect: () => void }) {
      queueMicrotask(onConnect);
      return socket;
    },
  };
  const connection = new Connection(
    settings as unknown as ConstructorParameters<typeof Connection>[0],
  ) as unknown as KafkajsConnection;
  // Its queue stays empty, as nothing limits the requests in flight. Left alone, an idle queue arms a timer with a
  // negative delay again and again.
  connection.requestQueue.scheduleCheckPendingRequests = () => {};
  return connection;
}

const ignore = () => {};
/** kafkajs logs only what it also throws. */
const SILENT_LOGGER = {
  namespace: (): unknown => ({ debug: ignore, info: ignore, warn: ignore, error: ignore }),
};

/** The request in the newest version that kafkajs supports, at most `brokersNewest`. */
export function makeExchange(
  api: ApiName,
  args: object,
  options: { readonly brokersNewest: number },
): ProtocolExchange {
  const definition = requests[api];
  const version = Math.min(options.brokersNewest, Math.max(...definition.versions.map(Number)));
  const exchange = definition.protocol({ version })(args);
  if (api === "Metadata") {
    return { ...exchange, response: { decode: (payload) => decodeMetadata(payload, version) } };
  }
  const decode = async (payload: Buffer) => {
    const answer = await exchange.response.decode(payload);
    requireValues(api, answer);
    return answer;
  };
  return { ...exchange, response: { decode } };
}

/** Whether there is a version of the request that both sides know. */
export function hasCommonVersion(api: ApiName, options: { readonly brokersNewest: number }): boolean {
  return Math.min(...requests[api].versions.map(Number)) <= options.brokersNewest;
}

/** The request alone: lib/kafka/wire decodes the answer. kafkajs's own encoder takes 7 µs for each partition. */
export function makeFetchRequest(fields: FetchFields): ProtocolRequest {
  const encode = () => {
    const bytes = encodeFetchRequest(fields);
    const encoder = new Encoder(bytes.length);
    encoder.writeBufferInternal(asBuffer(bytes));
    return Promise.resolve(encoder);
  };
  return { apiKey: FETCH_KEY, apiVersion: FETCH_VERSION, apiName: "Fetch", encode } as ProtocolRequest;
}

/** The message of SASL PLAIN, with its length in front. */
export function plainMessage(credentials: { username: string; password: string }): Promise<Buffer> {
  const { username, password } = credentials;
  return (plainRequest as (credentials: object) => SaslRequest)({ username, password }).encode();
}

/** The message of SASL OAUTHBEARER, with its length in front. */
export async function bearerMessage({ value, extensions = new Map() }: BearerToken): Promise<Buffer> {
  const token = { value, extensions: Object.fromEntries(extensions) };
  const request = await (bearerRequest as (sasl: object, token: object) => Promise<SaslRequest>)({}, token);
  return await request.encode();
}

/** `send` passes messages with their length in front. @throws its error, and Error for a wrong message of the broker */
export async function scramLogIn(
  { username, password, mechanism }: {
    readonly username: string;
    readonly password: string;
    readonly mechanism: "SCRAM-SHA-256" | "SCRAM-SHA-512";
  },
  send: (message: Promise<Buffer>) => Promise<Buffer>,
): Promise<void> {
  // kafkajs replaces an error that it catches by one of its own.
  let failure: unknown;
  const saslAuthenticate = async ({ request, response }: SaslExchange): Promise<unknown> => {
    try {
      const message = await response.parse(await response.decode(await send(request.encode())));
      const iterations = Number((message as { i?: string }).i ?? 0);
      if (iterations <= MAX_SCRAM_ITERATIONS) return message;
      throw new Error(`it asks for ${iterations} iterations, at most ${MAX_SCRAM_ITERATIONS} are allowed`);
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const digest = mechanism === "SCRAM-SHA-256" ? scram.DIGESTS.SHA256 : scram.DIGESTS.SHA512;
  const logger = SILENT_LOGGER.namespace();
  const exchange = new scram.SCRAM({ username, password }, "", 0, logger, saslAuthenticate, digest);
  try {
    await exchange.authenticate();
  } catch (error) {
    throw failure ?? error;
  }
}

/** Encoded record batches for one topic, one per partition. */
export interface BatchesToProduce {
  readonly topic: string;
  readonly batches: readonly { readonly partition: number; readonly bytes: Uint8Array }[];
  readonly timeoutMs: number;
}

/** A request that is answered when all replicas have the batches. kafkajs's own encoder would encode them again each time. */
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

export function describeErrorCode(code: number): { readonly type: string; readonly message: string } {
  const { type, message } = errorTable.createErrorFromCode(code);
  return { type: code === 0 ? "NONE" : type, message };
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
