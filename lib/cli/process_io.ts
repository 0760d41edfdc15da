// The process as a command sees it.

import type { Io } from "./main.ts";
import { confine } from "./confinement.ts";
import type { Terminal } from "../top/terminal.ts";

/** Standard streams, environment, files and signals of this process. */
export function processIo(): Io {
  const asked = new Map<string, string | undefined>();
  let isConfined = false;
  return {
    stdout: (text) => writeAll(Deno.stdout, text),
    stderr: (text) => {
      try {
        writeAll(Deno.stderr, text);
      } catch (error) {
        // With nobody left to read it a message is lost; that is no reason to stop counting.
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      }
    },
    stdin: Deno.stdin.readable,
    terminal: processTerminal,
    env(name) {
      if (!isConfined && !asked.has(name)) asked.set(name, Deno.env.get(name));
      return asked.get(name);
    },
    readTextFile: (path) => mayBeBarred(Deno.readTextFile(path)),
    fileMode: async (path) => (await mayBeBarred(Deno.stat(path))).mode ?? undefined,
    confine(needs) {
      isConfined = true;
      return confine(needs);
    },
    // Windows knows neither SIGTERM nor SIGHUP.
    onStopSignal: (listener) => onSignals(isWindows ? ["SIGINT"] : ["SIGINT", "SIGTERM"], listener),
    onReloadSignal: (listener) => onSignals(isWindows ? [] : ["SIGHUP"], listener),
  };
}

/** What is said of a right that is gone is for who starts the process, and names an option that rtcount does not have. */
async function mayBeBarred<T>(opened: Promise<T>): Promise<T> {
  try {
    return await opened;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new Error("the process has given up the right to it, a restart brings it back");
  }
}

const processTerminal: Terminal = {
  isTerminal: (stream) => Deno[stream].isTerminal(),
  size() {
    // Nobody has told a serial line, or a terminal that a program made.
    const { columns, rows } = Deno.consoleSize();
    return { columns: columns || 80, rows: rows || 24 };
  },
  onResize: (listener) => onSignals(isWindows ? [] : ["SIGWINCH"], listener),
  onResume: (listener) => onSignals(isWindows ? [] : ["SIGCONT"], listener),
  setRaw: (isRaw) => Deno.stdin.setRaw(isRaw),
};

const isWindows = Deno.build.os === "windows";

function onSignals(signals: readonly Deno.Signal[], listener: () => void): () => void {
  for (const signal of signals) Deno.addSignalListener(signal, listener);
  return () => {
    for (const signal of signals) Deno.removeSignalListener(signal, listener);
  };
}

const encoder = new TextEncoder();

/** A pipe takes only as much as it has room for. */
function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
}
