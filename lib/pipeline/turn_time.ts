// TurnTime reads the wall clock once per turn of the pipeline, so that all records of a turn are judged at the same time.
// It also limits how long a turn takes, by a monotonic clock.

import type { Clock } from "../async/clock.ts";

/** After this time no further run of records begins, so that fetches, heartbeats and HTTP get their turn. */
const MAX_TURN_MS = 100;
/** Counting so many bytes takes some 100 us. The clock is read then, as reading it takes as long as counting a word or two. */
const BYTES_PER_READING = 8 * 1024;
/** The cost of a record beside its bytes. */
const RECORD_BYTES = 128;

export class TurnTime {
  readonly #clock: Clock;
  readonly #time: "event" | "processing";
  readonly #bytesPerReading: number;
  #nowMs = -Infinity;
  #readAtMs = 0;
  /** When the monotonic clock was last looked at, and the bytes that have been taken since. */
  #seenMs = 0;
  #bytesSince = Infinity;

  /** `isPrompt`: no record takes long for its size; then the clock is read less often. */
  constructor(
    clock: Clock,
    time: "event" | "processing",
    { isPrompt = false }: { readonly isPrompt?: boolean } = {},
  ) {
    this.#clock = clock;
    this.#time = time;
    this.#bytesPerReading = isPrompt ? BYTES_PER_READING : 0;
    this.read();
  }

  /** Wall clock; it never goes back under processing time. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Monotonic. */
  get readAtMs(): number {
    return this.#readAtMs;
  }

  /** Both clocks at a monotonic time that has passed, by the clocks of now; those of now for undefined. */
  askedAt(monotonicMs: number = this.#readAtMs): { readonly wallMs: number; readonly askedMs: number } {
    const askedMs = Math.min(monotonicMs, this.#readAtMs);
    return { wallMs: this.#nowMs - (this.#readAtMs - askedMs), askedMs };
  }

  /** Whether the turn has taken so long that the rest of its work has to wait for the next one. */
  get isOver(): boolean {
    if (this.#bytesSince >= this.#bytesPerReading) {
      this.#seenMs = this.#clock.monotonicMs();
      this.#bytesSince = 0;
    }
    return this.#seenMs - this.#readAtMs > MAX_TURN_MS;
  }

  /** The time by which `isOver` has last judged, monotonic. */
  get seenMs(): number {
    return this.#seenMs;
  }

  /** Reports records that the turn has taken. */
  took(records: number, bytes: number): void {
    this.#bytesSince += bytes + records * RECORD_BYTES;
  }

  /**
   * Reads the clocks. Under processing time this moment is the timestamp of the records, so it must not go back when
   * somebody sets the wall clock back: it follows the monotonic clock until the wall clock has caught up.
   */
  read(): void {
    const readAtMs = this.#clock.monotonicMs();
    const wallMs = this.#clock.nowMs();
    const steadyMs = this.#nowMs + readAtMs - this.#readAtMs;
    this.#nowMs = this.#time === "event" ? wallMs : Math.max(wallMs, steadyMs);
    this.#readAtMs = readAtMs;
    this.#bytesSince = Infinity;
  }
}
