// The progress of long work as one line in the terminal, which is erased at the end.

import type { Clock } from "../async/clock.ts";

/** Shorter work shows nothing. */
const FIRST_DRAW_MS = 500;
const DRAW_INTERVAL_MS = 100;
const BAR_COLUMNS = 30;
const ERASE_LINE = "\r\x1b[K";
const BYTE_UNITS = [" B", " kB", " MB", " GB", " TB"];
const RECORD_UNITS = ["", "k", "M", "G", "T"];

/** The work that is done. */
export type ProgressUnit = "bytes" | "records";

export interface ProgressOptions {
  readonly unit: ProgressUnit;
  readonly write: (text: string) => void;
  /** The width of the terminal. */
  readonly columns: () => number;
  readonly clock: Clock;
}

/** Shows how much has been read, and the total where it is known. */
export class ProgressBar {
  readonly #options: ProgressOptions;
  readonly #startMs: number;
  #total: number | undefined;
  #done = 0;
  #nextDrawMs: number;
  #isDrawn = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#startMs = options.clock.monotonicMs();
    this.#nextDrawMs = this.#startMs + FIRST_DRAW_MS;
  }

  expect(total: number | undefined): void {
    this.#total = total;
  }

  add(amount: number): void {
    this.#done += amount;
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < this.#nextDrawMs) return;
    this.#nextDrawMs = nowMs + DRAW_INTERVAL_MS;
    this.#isDrawn = true;
    const line = formatProgress({
      done: this.#done,
      total: this.#total,
      elapsedMs: nowMs - this.#startMs,
      unit: this.#options.unit,
    });
    // A line that wraps cannot be erased.
    this.#options.write(ERASE_LINE + line.slice(0, Math.max(0, this.#options.columns() - 1)));
  }

  /** Erases the line. */
  finish(): void {
    if (this.#isDrawn) this.#options.write(ERASE_LINE);
    this.#isDrawn = false;
    this.#nextDrawMs = Infinity;
  }
}

/**
 * ` 25 % ███████░░░ 1.0 GB of 4.0 GB  250 MB/s  12 s left`, or `1.0 GB  250 MB/s` without a total; in records
 * ` 25 % ███████░░░ 1.0M of 4.0M records  1.2M records/s  3 s left`.
 */
export function formatProgress(
  { done, total, elapsedMs, unit }: {
    readonly done: number;
    readonly total: number | undefined;
    readonly elapsedMs: number;
    readonly unit: ProgressUnit;
  },
): string {
  const rate = elapsedMs > 0 ? done / elapsedMs * 1000 : 0;
  const units = unit === "bytes" ? BYTE_UNITS : RECORD_UNITS;
  const noun = unit === "bytes" ? "" : " records";
  const speed = `${formatAmount(rate, units)}${noun}/s`;
  if (total === undefined || total === 0) return `${formatAmount(done, units)}${noun}  ${speed}`;
  // A file can grow while it is read.
  const share = Math.min(1, done / total);
  const percent = String(Math.floor(share * 100)).padStart(3);
  const full = Math.floor(share * BAR_COLUMNS);
  const bar = "█".repeat(full) + "░".repeat(BAR_COLUMNS - full);
  const left = rate > 0 ? `  ${formatLeft(Math.max(0, total - done) / rate)} left` : "";
  const amount = `${formatAmount(done, units)} of ${formatAmount(total, units)}${noun}`;
  return `${percent} % ${bar} ${amount}  ${speed}${left}`;
}

/** In powers of 1000. */
function formatAmount(amount: number, units: readonly string[]): string {
  let value = amount;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)}${units[unit]}`;
}

function formatLeft(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
