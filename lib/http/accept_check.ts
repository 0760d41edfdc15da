// Checks that a server still accepts connections. The runtime stops accepting, silently and permanently, once the process
// has had no file descriptor left. A check takes 1 ms of processor time.

import net from "node:net";
import { type Clock, systemClock } from "../async/clock.ts";
import { Wakeup } from "../async/wakeup.ts";

/** The time without a connection after which the server connects to itself. */
const CHECK_INTERVAL_MS = 5_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** A process that was halted learns of the time before it learns of the connection. It then has the steps that are left. */
const CONNECT_STEP_MS = 100;

export interface AcceptCheck {
  /** While it is true nothing is checked: another connection would cost a client its own. */
  readonly isFull: () => boolean;
  readonly address: { readonly host: string; readonly port: number; readonly backlog: number };
  readonly signal: AbortSignal;
  readonly onFailure: () => void;
  readonly clock?: Clock;
}

/**
 * Listens again at the same address when the server does not accept, but did before: a missing event proves nothing until
 * this server has reported one. Resolves after an abort of `signal`.
 */
export async function keepAccepting(
  server: net.Server,
  { isFull, address, signal, onFailure, clock = systemClock }: AcceptCheck,
): Promise<void> {
  let hasEverAccepted = false;
  let hasAccepted = false;
  const bell = new Wakeup(clock);
  server.on("connection", () => {
    hasEverAccepted = true;
    hasAccepted = true;
    bell.ring();
  });
  signal.addEventListener("abort", () => bell.ring(), { once: true });
  while (!signal.aborted) {
    await clock.sleep(CHECK_INTERVAL_MS, signal);
    if (!hasAccepted && !signal.aborted && !isFull()) {
      // Up to Deno 2.9.1 a socket that is destroyed while it reads is never collected as garbage: this one does not read.
      const probe = net.connect(address).on("error", () => {}).pause();
      for (let waitedMs = 0; waitedMs < CONNECT_TIMEOUT_MS; waitedMs += CONNECT_STEP_MS) {
        if (hasAccepted || signal.aborted) break;
        await bell.wait(CONNECT_STEP_MS);
      }
      probe.destroy();
      if (hasEverAccepted && !hasAccepted && !signal.aborted) {
        onFailure();
        // The method of http.Server would close idle connections.
        net.Server.prototype.close.call(server);
        server.listen(address);
      }
    }
    hasAccepted = false;
  }
}
