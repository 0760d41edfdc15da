// Checks that a server still accepts connections. The runtime stops accepting, silently and permanently, once the process
// has had no file descriptor left. A check takes 1 ms of processor time.

import net from "node:net";
import { systemClock } from "../async/clock.ts";
import { Wakeup } from "../async/wakeup.ts";

/** The time without a connection after which the server connects to itself. */
const CHECK_INTERVAL_MS = 5_000;
const CONNECT_TIMEOUT_MS = 2_000;

export interface AcceptCheck {
  /** While it is true nothing is checked: another connection would cost a client its own. */
  readonly isFull: () => boolean;
  readonly address: { readonly host: string; readonly port: number; readonly backlog: number };
  readonly signal: AbortSignal;
  readonly onFailure: () => void;
}

/**
 * Listens again at the same address when the server does not accept, but did before: a missing event proves nothing until
 * this server has reported one. Resolves after an abort of `signal`.
 */
export async function keepAccepting(
  server: net.Server,
  { isFull, address, signal, onFailure }: AcceptCheck,
): Promise<void> {
  let hasEverAccepted = false;
  let hasAccepted = false;
  const bell = new Wakeup(systemClock);
  server.on("connection", () => {
    hasEverAccepted = true;
    hasAccepted = true;
    bell.ring();
  });
  signal.addEventListener("abort", () => bell.ring(), { once: true });
  while (!signal.aborted) {
    await systemClock.sleep(CHECK_INTERVAL_MS, signal);
    if (!hasAccepted && !signal.aborted && !isFull()) {
      const probe = net.connect(address).on("error", () => {});
      await bell.wait(0);
      await bell.wait(CONNECT_TIMEOUT_MS);
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
