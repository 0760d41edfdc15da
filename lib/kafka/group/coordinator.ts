// Sends requests to the coordinator of a consumer group. The coordinator may move to another broker, or still be loading
// its groups; both pass.

import type { Clock } from "../../async/clock.ts";
import type { KafkaClient } from "../kafka_client.ts";
import { BrokerConnectionError, ErrorCode, KafkaError } from "../connection/kafka_error.ts";

/** Retries for this long before it fails. */
const PATIENCE_MS = 15_000;
const RETRY_MS = 250;

const ELSEWHERE: readonly number[] = [
  ErrorCode.coordinatorLoadInProgress,
  ErrorCode.coordinatorNotAvailable,
  ErrorCode.notCoordinator,
];

/** Whether the coordinator has moved or is not ready. */
export function isCoordinatorElsewhere(errorCode: number): boolean {
  return ELSEWHERE.includes(errorCode);
}

export class Coordinator {
  readonly #group: string;
  readonly #clock: Clock;
  #address: string | undefined;

  constructor(group: string, clock: Clock) {
    this.#group = group;
    this.#clock = clock;
  }

  get address(): string | undefined {
    return this.#address;
  }

  /** Makes the next request look the coordinator up. */
  forget(): void {
    this.#address = undefined;
  }

  /** Retries while the coordinator moves or is not ready. @throws KafkaError, BrokerConnectionError */
  async ask<T extends { readonly errorCode: number }>(
    client: KafkaClient,
    signal: AbortSignal,
    send: (address: string) => Promise<T>,
  ): Promise<T> {
    const untilMs = this.#clock.monotonicMs() + PATIENCE_MS;
    while (true) {
      const answer = await this.#try(client, send);
      if (!(answer instanceof Error)) return answer;
      if (signal.aborted || this.#clock.monotonicMs() >= untilMs) throw answer;
      await this.#clock.sleep(RETRY_MS, signal);
    }
  }

  /** Returns an error that may pass. */
  async #try<T extends { readonly errorCode: number }>(
    client: KafkaClient,
    send: (address: string) => Promise<T>,
  ): Promise<T | KafkaError | BrokerConnectionError> {
    const found = await this.#find(client);
    if (found.errorCode !== ErrorCode.none) {
      const error = new KafkaError(found.errorCode, `find the coordinator of the group "${this.#group}"`);
      if (isCoordinatorElsewhere(found.errorCode)) return error;
      throw error;
    }
    try {
      const answer = await send(found.address);
      if (!isCoordinatorElsewhere(answer.errorCode)) return answer;
      if (answer.errorCode !== ErrorCode.coordinatorLoadInProgress) this.forget();
      return new KafkaError(answer.errorCode, `ask the coordinator of the group "${this.#group}"`);
    } catch (error) {
      if (!(error instanceof BrokerConnectionError)) throw error;
      // The loss of one broker need not end the session: another one becomes the coordinator.
      this.forget();
      return error;
    }
  }

  async #find(client: KafkaClient): Promise<{ readonly errorCode: number; readonly address: string }> {
    if (this.#address !== undefined) return { errorCode: ErrorCode.none, address: this.#address };
    const answer = await client.findCoordinator(this.#group);
    if (answer.errorCode === ErrorCode.none) this.#address = answer.address;
    return answer;
  }
}
