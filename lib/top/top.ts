// `rtcount top` shows the windows and the state of a daemon in a terminal, live. Without a terminal it prints one line for
// each window.

import type { Clock } from "../async/clock.ts";
import { escapeUnseen } from "../text/escape.ts";
import type { Terminal } from "./terminal.ts";
import { Wakeup } from "../async/wakeup.ts";
import type { HttpAddress } from "../http_client/http_address.ts";
import { DaemonClient } from "./daemon_client.ts";
import { FullScreen } from "./full_screen.ts";
import { formatWindowLine, renderScreen, type ShownWords } from "./screen.ts";
import { TopState } from "./top_state.ts";

/** The screen is drawn at most once in this time. */
const FRAME_MS = 50;
/** It is drawn at least once in this time, because it shows how long a state lasts. */
const MAX_FRAME_MS = 1_000;

const QUIT_KEYS = new Set(["q", "Q", "\x03"]);

export interface TopOptions {
  readonly address: HttpAddress;
  readonly words: ShownWords;
  /** Certificates (PEM) that are trusted beside the usual ones. */
  readonly ca?: string | undefined;
  readonly clock: Clock;
  readonly terminal: Terminal;
  /** Whether standard output is a terminal that knows control sequences. */
  readonly hasScreen: boolean;
  readonly hasColor: boolean;
  readonly stdin: ReadableStream<Uint8Array>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/**
 * Shows the daemon until `signal` is aborted or the user quits.
 *
 * @throws {RefusedError} if the daemon cannot be followed
 */
export async function runTop(options: TopOptions, signal: AbortSignal): Promise<void> {
  if (options.hasScreen) await runOnScreen(options, signal);
  else await runInLines(options, signal);
}

async function runInLines(
  { address, words, ca, clock, stdout, stderr }: TopOptions,
  signal: AbortSignal,
): Promise<void> {
  let outage = "";
  const client = new DaemonClient(address, {
    clock,
    ca,
    listener: {
      onWindow: (window) => stdout(`${formatWindowLine(window, words)}\n`),
      onStatus() {},
      onConnected() {
        if (outage !== "") stderr("rtcount: connected again\n");
        outage = "";
      },
      onLost(reason) {
        if (reason !== outage) stderr(`rtcount: reconnecting to ${address.url}: ${escapeUnseen(reason)}\n`);
        outage = reason;
      },
    },
  });
  await client.run(signal);
}

async function runOnScreen(options: TopOptions, signal: AbortSignal): Promise<void> {
  const { address, words, ca, clock, terminal, hasColor, stdin, stdout } = options;
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  const news = new Wakeup(clock);
  const state = new TopState();
  const client = new DaemonClient(address, {
    clock,
    ca,
    listener: {
      onWindow: (window) => tell(() => state.showWindow(window, clock.monotonicMs())),
      onStatus: (status) => tell(() => state.status = status),
      onConnected: () => tell(() => state.connected(clock.monotonicMs())),
      onLost: (reason) => tell(() => state.lost(reason)),
    },
  });
  function tell(change: () => void): void {
    change();
    news.ring();
  }

  const hasKeys = terminal.isTerminal("stdin");
  const screen = new FullScreen(stdout, { hasColor });
  const forgetResize = terminal.onResize(() => tell(() => screen.forget()));
  const forgetResume = terminal.onResume(() =>
    tell(() => {
      if (hasKeys) terminal.setRaw(true);
      screen.enter();
    })
  );
  try {
    if (hasKeys) {
      terminal.setRaw(true);
      // A read fails when the terminal has gone.
      const quit = () => over.abort();
      waitForQuit(stdin, ended).then(quit, quit);
    }
    ended.addEventListener("abort", () => news.ring(), { once: true });
    const following = client.run(ended).finally(() => over.abort());
    // The error is handled below, after the last screen.
    following.catch(() => {});
    while (!ended.aborted) {
      screen.show(
        renderScreen(state, {
          words,
          size: terminal.size(),
          address: address.url,
          nowMs: clock.monotonicMs(),
        }),
      );
      await news.wait(MAX_FRAME_MS);
      await clock.sleep(FRAME_MS, ended);
    }
    await following;
  } finally {
    over.abort();
    forgetResize();
    forgetResume();
    if (hasKeys) terminal.setRaw(false);
    screen.leave();
  }
}

/** Resolves at a key that quits, or at the end of the input. */
async function waitForQuit(stdin: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<void> {
  const decoder = new TextDecoder();
  const reader = stdin.getReader();
  while (!signal.aborted) {
    const { done, value } = await reader.read();
    if (done || [...decoder.decode(value)].some((key) => QUIT_KEYS.has(key))) return;
  }
}
