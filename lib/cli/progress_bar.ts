// The progress of long work as one line in the terminal, which is erased at the end.

import type { Clock } from "../async/clock.ts";

/** Shorter work shows nothing. */
const FIRST_DRAW_MS = 500;
const DRAW_INTERVAL_MS = 100;
const BAR_COLUMNS = 30;
const ERASE_LINE = "\r\x1b[K";
const UNITS = ["B", "kB", "MB", "GB", "TB"];

export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** The width of the terminal. */
  readonly columns: () => number;
  readonly clock: Clock;
}

/** Shows the bytes that have been read, and the total where it is known. */
export class ProgressBar {
  readonly #options: ProgressOptions;
  readonly #startMs: number;
  #totalBytes: number | undefined;
  #bytes = 0;
  #nextDrawMs: number;
  #isDrawn = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#startMs = options.clock.monotonicMs();
    this.#nextDrawMs = this.#startMs + FIRST_DRAW_MS;
  }

  expect(totalBytes: number | undefined): void {
    this.#totalBytes = totalBytes;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < this.#nextDrawMs) return;
    this.#nextDrawMs = nowMs + DRAW_INTERVAL_MS;
    this.#isDrawn = true;
    const line = formatProgress(this.#bytes, this.#totalBytes, nowMs - this.#startMs);
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

/** ` 25 % ███████░░░ 1.0 GB of 4.0 GB  250 MB/s  12 s left`, or `1.0 GB  250 MB/s` without a total. */
export function formatProgress(bytes: number, totalBytes: number | undefined, elapsedMs: number): string {
  const rate = elapsedMs > 0 ? bytes / elapsedMs * 1000 : 0;
  const speed = `${formatBytes(rate)}/s`;
  if (totalBytes === undefined || totalBytes === 0) return `${formatBytes(bytes)}  ${speed}`;
  // A file can grow while it is read.
  const share = Math.min(1, bytes / totalBytes);
  const percent = String(Math.floor(share * 100)).padStart(3);
  const full = Math.floor(share * BAR_COLUMNS);
  const bar = "█".repeat(full) + "░".repeat(BAR_COLUMNS - full);
  const left = rate > 0 ? `  ${formatLeft(Math.max(0, totalBytes - bytes) / rate)} left` : "";
  return `${percent} % ${bar} ${formatBytes(bytes)} of ${formatBytes(totalBytes)}  ${speed}${left}`;
}

/** In powers of 1000. */
function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

function formatLeft(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
