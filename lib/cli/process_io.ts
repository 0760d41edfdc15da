// The real process: its streams, environment, files and signals.

import type { Io } from "./io.ts";
import { confine } from "./confinement.ts";
import type { Terminal } from "../top/terminal.ts";

export function processIo(): Io {
  const asked = new Map<string, string | undefined>();
  let isConfined = false;
  // With this variable the runtime reads the named file at each https request, which needs permissions that this program
  // does not have.
  Deno.env.delete("NODE_EXTRA_CA_CERTS");
  return {
    stdout: (text) => writeAll(Deno.stdout, text),
    stderr: (text) => {
      try {
        writeAll(Deno.stderr, text);
      } catch (error) {
        // Nobody reads the messages any more. Counting goes on without them.
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      }
    },
    stdin: Deno.stdin.readable,
    terminal: processTerminal,
    env(name) {
      if (!isConfined && !asked.has(name)) asked.set(name, Deno.env.get(name));
      return asked.get(name);
    },
    readTextFile: (path) => explainDenial(Deno.readTextFile(path)),
    fileMode: async (path) => (await explainDenial(Deno.stat(path))).mode ?? undefined,
    confine(needs) {
      isConfined = true;
      return confine(needs);
    },
    onStopSignal: (listener) => onSignals(["SIGINT", "SIGTERM"], listener),
    onReloadSignal: (listener) => onSignals(["SIGHUP"], listener),
  };
}

/** Deno's own message names an option that rtcount does not have. */
async function explainDenial<T>(opened: Promise<T>): Promise<T> {
  try {
    return await opened;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new Error("the process has dropped the permission to read it: restart to get it back");
  }
}

const processTerminal: Terminal = {
  isTerminal: (stream) => Deno[stream].isTerminal(),
  size() {
    // A serial line, or a terminal that a program made, may know no size.
    const { columns, rows } = Deno.consoleSize();
    return { columns: columns || 80, rows: rows || 24 };
  },
  onResize: (listener) => onSignals(["SIGWINCH"], listener),
  onResume: (listener) => onSignals(["SIGCONT"], listener),
  setRaw: (isRaw) => Deno.stdin.setRaw(isRaw),
};

function onSignals(signals: readonly Deno.Signal[], listener: () => void): () => void {
  for (const signal of signals) Deno.addSignalListener(signal, listener);
  return () => {
    for (const signal of signals) Deno.removeSignalListener(signal, listener);
  };
}

const encoder = new TextEncoder();

/** Writes all bytes, however many a pipe takes at a time. */
function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
}
