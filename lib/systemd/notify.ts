// Tells the service manager the state of the service by sd_notify(3), without a helper program. A failure to tell it is
// logged once and does not stop the service.

import type { Clock } from "../async/clock.ts";
import type { Log } from "../log/log.ts";
import { type NotifySocket, openNotifySocket } from "./notify_socket.ts";
import { formatStatusLine, type Summary } from "./status_line.ts";

/** The service whose state is reported. */
export interface NotifyingService {
  /** Whether the process works: the rule of /healthz. */
  health(): { readonly ok: boolean };
  summary(): Summary;
}

export interface NotifierOptions {
  readonly socket: NotifySocket;
  /** The time between pings while the service is healthy; undefined if the manager expects none. */
  readonly pingMs: number | undefined;
  readonly clock: Pick<Clock, "sleep">;
  /** The system's monotonic clock in microseconds, which the manager compares with its own. */
  readonly monotonicUsec: () => number;
  readonly log: Pick<Log, "warn">;
}

const STATUS_INTERVAL_MS = 5_000;
/** Messages that may wait while the manager does not read; there are never more changes of state that matter. */
const MAX_PENDING = 16;
const MIN_PING_MS = 1;
const MAX_PING_MS = 3_600_000;

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #closed = new AbortController();
  /** The last message sent. Messages are sent one after the other, so that the manager sees them in order. */
  #sent: Promise<void> = Promise.resolve();
  #pending = 0;
  #hasFailed = false;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Reports that the service is ready, then its status every few seconds, and pings while it is healthy. */
  ready(service: NotifyingService): void {
    const { pingMs } = this.#options;
    const status = () => `STATUS=${formatStatusLine(service.summary())}`;
    this.#send(() => `READY=1\n${status()}`);
    this.#repeat(STATUS_INTERVAL_MS, status);
    if (pingMs !== undefined) this.#repeat(pingMs, () => service.health().ok ? "WATCHDOG=1" : undefined);
  }

  reloading(): void {
    this.#send(() => `RELOADING=1\nMONOTONIC_USEC=${this.#options.monotonicUsec()}`);
  }

  reloaded(): void {
    this.#send(() => "READY=1");
  }

  stopping(): void {
    this.#send(() => "STOPPING=1");
  }

  close(): void {
    this.#closed.abort();
    this.#options.socket.close();
  }

  /** Sends one message after the other: while the manager does not read, no further ones are added. */
  async #repeat(intervalMs: number, message: () => string | undefined): Promise<void> {
    const { signal } = this.#closed;
    while (true) {
      await this.#options.clock.sleep(intervalMs, signal);
      if (signal.aborted) return;
      const due = message();
      if (due !== undefined) await this.#send(() => due);
    }
  }

  /** Resolves when the message is sent or has failed; no caller has to wait for it. */
  #send(message: () => string): Promise<void> {
    if (this.#pending === MAX_PENDING) {
      this.#failed(new Error(`${MAX_PENDING} messages are waiting`));
      return this.#sent;
    }
    this.#pending++;
    this.#sent = this.#sent
      .then(() => this.#options.socket.send(message()))
      .catch((error: unknown) => this.#failed(error))
      .finally(() => this.#pending--);
    return this.#sent;
  }

  #failed(error: unknown): void {
    if (this.#hasFailed || this.#closed.signal.aborted) return;
    this.#hasFailed = true;
    warnNotNotified(this.#options.log, error);
  }
}

/** The notifier for the environment; undefined if no manager listens or no socket can be opened. */
export function notifierFor(
  env: (name: string) => string | undefined,
  options: Omit<NotifierOptions, "socket" | "pingMs"> & { readonly pid: number },
): Notifier | undefined {
  const address = env("NOTIFY_SOCKET");
  if (!address) return undefined;
  try {
    const pingMs = pingInterval(env, options.pid);
    // RUNTIME_DIRECTORY may list several folders; use the first.
    const folder = env("RUNTIME_DIRECTORY")?.split(":")[0];
    return new Notifier({ ...options, pingMs, socket: openNotifySocket(address, { folder }) });
  } catch (error) {
    warnNotNotified(options.log, error);
    return undefined;
  }
}

/** Half of the time after which the manager takes the process for dead. */
function pingInterval(env: (name: string) => string | undefined, pid: number): number | undefined {
  const timeoutUsec = env("WATCHDOG_USEC");
  const pidMeant = env("WATCHDOG_PID");
  if (!timeoutUsec || (pidMeant && pidMeant !== String(pid))) return undefined;
  if (!/^[1-9][0-9]*$/.test(timeoutUsec)) {
    throw new Error(`WATCHDOG_USEC is "${timeoutUsec}", wanted a whole number of microseconds above 0`);
  }
  return Math.min(MAX_PING_MS, Math.max(MIN_PING_MS, Number(timeoutUsec) / 1_000 / 2));
}

function warnNotNotified(log: Pick<Log, "warn">, error: unknown): void {
  log.warn("cannot notify the service manager: systemd does not see the state of the service", { error });
}
