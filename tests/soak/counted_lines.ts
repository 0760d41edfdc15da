// Measures what it takes a daemon to count the same lines, with and without other clients.

import assert from "node:assert/strict";
import { RtcountDaemon } from "../e2e/rtcount_process.ts";

export const WINDOW = { length: "6s", slide: "500ms", lateness: "0s", time: "processing" };
const WORDS = Array.from({ length: 2_000 }, (_, i) => `word${(i * 7919) % 2_000}`);

export interface Measured {
  readonly cpuSeconds: number;
  readonly seconds: number;
  readonly residentBytes: number;
}

interface Status {
  readonly totals: { readonly records: number };
  readonly process: { readonly cpu_seconds: number; readonly resident_memory_bytes: number };
}

/** Writes a file of so many lines, a multiple of 10,000. */
export function writeLines(path: string, lines: number): void {
  const chunk: string[] = [];
  for (let i = 0; i < 10_000; i++) {
    chunk.push(Array.from({ length: 12 }, (_, j) => WORDS[(i * 31 + j * j * 17) % WORDS.length]).join(","));
  }
  const text = `${chunk.join("\n")}\n`;
  for (let written = 0; written < lines; written += chunk.length) {
    Deno.writeTextFileSync(path, text, { append: true });
  }
}

/** Counts the lines of a file, which are all there at once, while the clients that `gather` makes are connected. */
export async function countLines<T extends AsyncDisposable>(
  { file, lines }: { readonly file: string; readonly lines: number },
  gather: (daemon: RtcountDaemon) => Promise<T>,
): Promise<Measured & { readonly clients: T }> {
  const path = Deno.makeTempFileSync({ prefix: "rtcount-counted-" });
  try {
    await using daemon = new RtcountDaemon({
      source: { lines: { path } },
      window: WINDOW,
      rate: { backpressure: false },
      output: { console: false },
    });
    await daemon.waitFor("200 at /readyz", async () => (await daemon.get("/readyz"))?.status === 200);
    await using clients = await gather(daemon);
    const before = await readStatus(daemon);
    const begunMs = performance.now();
    await Deno.copyFile(file, path);
    const after = await daemon.waitFor(`${lines} records`, async () => {
      const status = await readStatus(daemon);
      return status.totals.records === lines && status;
    });
    return {
      cpuSeconds: after.process.cpu_seconds - before.process.cpu_seconds,
      seconds: (performance.now() - begunMs) / 1000,
      residentBytes: after.process.resident_memory_bytes,
      clients,
    };
  } finally {
    Deno.removeSync(path);
  }
}

async function readStatus(daemon: RtcountDaemon): Promise<Status> {
  const page = await daemon.get("/api/v1/status");
  return JSON.parse(page?.text ?? assert.fail("no status"));
}
