// What can go wrong between us and a broker: it cannot be reached, or it answers with an error code.

import { describeErrorCode } from "./kafkajs.ts";

/** Kafka's error codes that are told apart (https://kafka.apache.org/protocol#protocol_error_codes). */
export const ErrorCode = {
  unknownServerError: -1,
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  messageTooLarge: 10,
  coordinatorLoadInProgress: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  recordListTooLarge: 18,
  illegalGeneration: 22,
  inconsistentGroupProtocol: 23,
  invalidGroupId: 24,
  unknownMemberId: 25,
  invalidSessionTimeout: 26,
  rebalanceInProgress: 27,
  topicAuthorizationFailed: 29,
  groupAuthorizationFailed: 30,
  invalidTimestamp: 32,
  unsupportedSaslMechanism: 33,
  illegalSaslState: 34,
  unsupportedForMessageFormat: 43,
  outOfOrderSequenceNumber: 45,
  duplicateSequenceNumber: 46,
  invalidProducerEpoch: 47,
  invalidProducerIdMapping: 49,
  unknownProducerId: 59,
  memberIdRequired: 79,
  fencedInstanceId: 82,
  invalidRecord: 87,
} as const;

const MEMBERSHIP_LOST: readonly number[] = [
  ErrorCode.illegalGeneration,
  ErrorCode.unknownMemberId,
  ErrorCode.fencedInstanceId,
];

/** The error says that we are not, or no longer, the member of the group that we took ourselves for. */
export function isMembershipLost(errorCode: number): boolean {
  return MEMBERSHIP_LOST.includes(errorCode);
}

const INCURABLE: readonly number[] = [ErrorCode.invalidGroupId, ErrorCode.invalidSessionTimeout];

/**
 * What was asked for is wrong in itself: neither time nor a new client changes the answer. Everything else may pass;
 * rights are granted, brokers replaced, groups left by those who speak another protocol.
 */
export function isIncurable(errorCode: number): boolean {
  return INCURABLE.includes(errorCode);
}

const REMEDIES: ReadonlyMap<number, string> = new Map([
  [
    ErrorCode.topicAuthorizationFailed,
    "the brokers' ACLs have to allow this user READ on the topic, WRITE where it is sent to",
  ],
  [ErrorCode.groupAuthorizationFailed, "the brokers' ACLs have to allow this user READ on the group"],
]);

/** What an error code means, and what is to be done about it where that is not for the program to do. */
export function explainErrorCode(code: number): string {
  const { type, message } = describeErrorCode(code);
  const remedy = REMEDIES.get(code);
  return remedy === undefined ? `${message} (${type})` : `${message} (${type}); ${remedy}`;
}

/** A broker answered, with an error. */
export class KafkaError extends Error {
  override readonly name = "KafkaError";
  constructor(readonly code: number, action: string) {
    super(`cannot ${action}: ${explainErrorCode(code)}`);
  }
}

/** What an administrator has to mend, on the broker's side or on this one. */
export type ConnectionFault =
  | "certificate-expired"
  | "certificate-not-yet-valid"
  | "wrong-name"
  | "unknown-authority"
  | "client-certificate-wanted"
  | "client-certificate-refused"
  /** TLS is wanted of a port that speaks none. */
  | "plaintext-port"
  /** The port speaks TLS alone. */
  | "tls-port"
  | "sasl-wanted"
  | "sasl-not-wanted"
  | "mechanism-not-offered"
  | "credentials-refused";

/** A broker cannot be reached, or no longer, or not by us. */
export class BrokerConnectionError extends Error {
  override readonly name: string = "BrokerConnectionError";
  /** Undefined for what may pass by itself, or is not known. */
  readonly fault: ConnectionFault | undefined;
  constructor(
    /** `host:port`. */
    readonly address: string,
    /** In plain words, such as `connection refused`. */
    readonly reason: string,
    options: ErrorOptions & { readonly fault?: ConnectionFault | undefined } = {},
  ) {
    super(`no connection to the broker at ${address}: ${reason}`, options);
    this.fault = options.fault;
  }
}

/** The broker, or the way to it, is silent. */
export class NoAnswerError extends BrokerConnectionError {
  override readonly name = "NoAnswerError";
}

/** What the broker sends is nothing that brokers say. */
export class UnreadableAnswerError extends BrokerConnectionError {
  override readonly name = "UnreadableAnswerError";
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused, no broker listens there",
  ECONNRESET: "the connection was reset",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name cannot be looked up now",
  EPIPE: "the connection was closed",
  ETIMEDOUT: "no answer",
  KafkaJSConnectionClosedError: "the broker closed the connection",
};

/** Turns what a socket or a look-up threw into plain words. */
export function asBrokerConnectionError(address: string, error: unknown): BrokerConnectionError {
  if (error instanceof BrokerConnectionError) return error;
  const { code, name, message } = error as { code?: string; name?: string; message?: string };
  const reason = REASONS[code ?? name ?? ""] ?? message ?? String(error);
  return new BrokerConnectionError(address, reason, { cause: error });
}
