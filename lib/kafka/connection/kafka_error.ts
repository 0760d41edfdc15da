// The errors of talking to a broker: it cannot be reached, or it answers with an error code.

import { describeErrorCode } from "./kafkajs.ts";

/** The error codes that this program distinguishes (https://kafka.apache.org/protocol#protocol_error_codes). */
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
  topicAlreadyExists: 36,
  notController: 41,
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

/** The coordinator does not, or no longer, know this member in this generation. */
export function isMembershipLost(errorCode: number): boolean {
  return MEMBERSHIP_LOST.includes(errorCode);
}

const FATAL: readonly number[] = [ErrorCode.invalidGroupId, ErrorCode.invalidSessionTimeout];

/** The request itself is wrong, so no retry helps. Every other error may pass: an administrator can fix its cause. */
export function isFatal(errorCode: number): boolean {
  return FATAL.includes(errorCode);
}

const REMEDIES: ReadonlyMap<number, string> = new Map([
  [
    ErrorCode.topicAuthorizationFailed,
    "the brokers' ACLs must allow this user READ on the topic, or WRITE for an output topic",
  ],
  [
    ErrorCode.inconsistentGroupProtocol,
    "another program is in the group, so set source.kafka.group to a group that only rtcount uses",
  ],
  [ErrorCode.groupAuthorizationFailed, "the brokers' ACLs must allow this user READ on the group"],
]);

/** The meaning of an error code, and the remedy if an administrator has one. */
export function explainErrorCode(code: number): string {
  const { type, message } = describeErrorCode(code);
  const remedy = REMEDIES.get(code);
  return remedy === undefined ? `${message} (${type})` : `${message} (${type}): ${remedy}`;
}

export class KafkaError extends Error {
  override readonly name = "KafkaError";
  constructor(readonly code: number, action: string) {
    super(`cannot ${action}: ${explainErrorCode(code)}`);
  }
}

/** A fault that an administrator must fix, in the broker's settings or in this program's. */
export type ConnectionFault =
  | "certificate-expired"
  | "certificate-not-yet-valid"
  | "wrong-name"
  | "unknown-authority"
  | "client-certificate-wanted"
  | "client-certificate-refused"
  /** This program uses TLS, the port does not. */
  | "plaintext-port"
  /** The port uses TLS, this program does not. */
  | "tls-port"
  | "sasl-wanted"
  | "sasl-not-wanted"
  | "mechanism-not-offered"
  | "credentials-refused"
  | "token-unavailable"
  | "token-refused";

/** A broker cannot be reached, or does not serve this client. */
export class BrokerConnectionError extends Error {
  override readonly name: string = "BrokerConnectionError";
  /** Undefined where the reason may pass by itself or is unknown. */
  readonly fault: ConnectionFault | undefined;
  constructor(
    readonly address: string,
    /** In plain words, such as `connection refused`. */
    readonly reason: string,
    options: ErrorOptions & { readonly fault?: ConnectionFault | undefined } = {},
  ) {
    super(`no connection to the broker at ${address}: ${reason}`, options);
    this.fault = options.fault;
  }
}

export class NoAnswerError extends BrokerConnectionError {
  override readonly name = "NoAnswerError";
}

/** The bytes received are not a Kafka broker's answer. */
export class UnreadableAnswerError extends BrokerConnectionError {
  override readonly name = "UnreadableAnswerError";
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused, no broker listens there"],
  ["ECONNRESET", "the connection was reset"],
  ["EHOSTUNREACH", "the host cannot be reached"],
  ["ENETUNREACH", "the network cannot be reached"],
  ["ENOTFOUND", "the host name is not known"],
  ["EAI_AGAIN", "the host name cannot be looked up now"],
  ["EPIPE", "the connection was closed"],
  ["ETIMEDOUT", "no answer"],
  ["KafkaJSConnectionClosedError", "the broker closed the connection"],
]);

/** Describes the error of a socket or a lookup in plain words. */
export function asBrokerConnectionError(address: string, error: unknown): BrokerConnectionError {
  if (error instanceof BrokerConnectionError) return error;
  const { code, name, message } = error as { code?: string; name?: string; message?: string };
  const reason = REASONS.get(code ?? name ?? "") ?? message ?? String(error);
  return new BrokerConnectionError(address, reason, { cause: error });
}
