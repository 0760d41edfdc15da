// The program with a probe: SIGUSR2 collects garbage and writes one line of JSON to standard error, with the bytes in use
// of the heap, those of them that are code, and the number of timers that are set. It needs DENO_V8_FLAGS=--expose-gc.

import { getHeapSpaceStatistics } from "node:v8";
import { main } from "../../lib/cli/main.ts";
import { processIo } from "../../lib/cli/process_io.ts";

const collectGarbage: unknown = Reflect.get(globalThis, "gc");
if (typeof collectGarbage !== "function") throw new Error("DENO_V8_FLAGS lacks --expose-gc");

/** Set with setTimeout, neither fired nor cleared. */
const timers = new Set<unknown>();
const { setTimeout, clearTimeout } = globalThis;

function setCountedTimeout(
  callback: (...args: unknown[]) => void,
  ms?: number,
  ...args: unknown[]
): ReturnType<typeof setTimeout> {
  const timer = setTimeout(() => {
    timers.delete(timer);
    callback(...args);
  }, ms);
  timers.add(timer);
  return timer;
}

function clearCountedTimeout(timer?: ReturnType<typeof setTimeout>): void {
  timers.delete(timer);
  clearTimeout(timer);
}

Reflect.set(globalThis, "setTimeout", setCountedTimeout);
Reflect.set(globalThis, "clearTimeout", clearCountedTimeout);

const encoder = new TextEncoder();

/** Machine code, and what belongs to it: V8 compiles a function when it has run often enough. */
function codeBytes(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name }) => /code|trusted/.test(space_name))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0);
}

Deno.addSignalListener("SIGUSR2", () => {
  collectGarbage();
  const { heapUsed, external } = Deno.memoryUsage();
  const probe = { heapBytes: heapUsed + external, codeBytes: codeBytes(), timers: timers.size };
  // The inspector keeps the last 1,000 messages of the console.
  Deno.stderr.writeSync(encoder.encode(`${JSON.stringify({ probe })}\n`));
});

Deno.exit(await main(Deno.args, processIo()));
