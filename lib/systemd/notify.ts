// Tells the service manager how the service is: sd_notify(3), without a helper. Whether it listens or not, the service
// goes on: what cannot be told is logged once and left.

import type { Clock } from "../async/clock.ts";
import type { Log } from "../log/log.ts";
import { type NotifySocket, openNotifySocket } from "./notify_socket.ts";
import { formatStatusLine, type Summary } from "./status_line.ts";

/** The service that is told of. */
export interface NotifyingService {
  /** Whether the process itself works: the rule of /healthz. */
  health(): { readonly ok: boolean };
  summary(): Summary;
}

export interface NotifierOptions {
  readonly socket: NotifySocket;
  /** A ping is sent so often while the service is healthy; undefined where nobody waits for one. */
  readonly pingMs: number | undefined;
  readonly clock: Pick<Clock, "sleep">;
  /** The system's monotonic clock, which the manager compares with its own. */
  readonly monotonicUsec: () => number;
  readonly log: Pick<Log, "warn">;
}

const STATUS_INTERVAL_MS = 5_000;
/** Messages that a manager which hangs has not taken: more changes of state than that it need not know of. */
const MAX_PENDING = 16;
const MIN_PING_MS = 1;
const MAX_PING_MS = 3_600_000;

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #closed = new AbortController();
  /** Messages go one after the other: the manager must not see them in another order. */
  #sent: Promise<void> = Promise.resolve();
  #pending = 0;
  #hasFailed = false;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** The service serves. From now on its status is told every few seconds, and that it lives while it does. */
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

  /** One after the other: what the manager has not taken yet is not followed by more of the same. */
  async #repeat(intervalMs: number, message: () => string | undefined): Promise<void> {
    const { signal } = this.#closed;
    while (true) {
      await this.#options.clock.sleep(intervalMs, signal);
      if (signal.aborted) return;
      const due = message();
      if (due !== undefined) await this.#send(() => due);
    }
  }

  /** Resolves when it has been taken, or cannot be; nobody has to wait for that. */
  #send(message: () => string): Promise<void> {
    if (this.#pending === MAX_PENDING) {
      this.#failed(new Error(`${MAX_PENDING} messages wait to be taken`));
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

/** The notifier that the environment asks for; undefined where it asks for none, or none can be had. */
export function notifierFor(
  env: (name: string) => string | undefined,
  options: Omit<NotifierOptions, "socket" | "pingMs"> & { readonly pid: number },
): Notifier | undefined {
  const address = env("NOTIFY_SOCKET");
  if (!address) return undefined;
  try {
    const pingMs = pingInterval(env, options.pid);
    // Of several folders the first.
    const folder = env("RUNTIME_DIRECTORY")?.split(":")[0];
    return new Notifier({ ...options, pingMs, socket: openNotifySocket(address, { folder }) });
  } catch (error) {
    warnNotNotified(options.log, error);
    return undefined;
  }
}

/** Half of the time after which the manager holds the process to be dead. */
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
  log.warn("cannot tell the service manager how the service is", { error });
}
