// How far long work has come, as one line that is written over again and again, and is gone when the work is done.

import type { Clock } from "../async/clock.ts";

/** Work that ends sooner shows nothing. */
const FIRST_DRAW_MS = 500;
const DRAW_INTERVAL_MS = 100;
const BAR_COLUMNS = 30;
const ERASE_LINE = "\r\x1b[K";
const UNITS = ["B", "kB", "MB", "GB", "TB"];

export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** Of the terminal. */
  readonly columns: () => number;
  readonly clock: Clock;
}

/** Shows bytes that have been read, of so many where that is known. */
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
    // A line that is longer than the terminal is wide could not be written over.
    this.#options.write(ERASE_LINE + line.slice(0, Math.max(0, this.#options.columns() - 1)));
  }

  /** Wipes it away. */
  finish(): void {
    if (this.#isDrawn) this.#options.write(ERASE_LINE);
    this.#isDrawn = false;
    this.#nextDrawMs = Infinity;
  }
}

/** ` 25 % ███████░░░ 1.0 GB of 4.0 GB  250 MB/s  12 s left`; without a total, what is known without it. */
export function formatProgress(bytes: number, totalBytes: number | undefined, elapsedMs: number): string {
  const rate = elapsedMs > 0 ? bytes / elapsedMs * 1000 : 0;
  const speed = `${formatBytes(rate)}/s`;
  if (totalBytes === undefined || totalBytes === 0) return `${formatBytes(bytes)}  ${speed}`;
  // A file may have grown since.
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
