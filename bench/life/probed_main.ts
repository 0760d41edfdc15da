// The program with a probe: SIGUSR2 collects garbage and writes one line of JSON to standard error, with the bytes in use
// and the number of timers that are set. It needs DENO_V8_FLAGS=--expose-gc.

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

Deno.addSignalListener("SIGUSR2", () => {
  collectGarbage();
  const { heapUsed, external } = Deno.memoryUsage();
  console.error(JSON.stringify({ probe: { heapBytes: heapUsed + external, timers: timers.size } }));
});

Deno.exit(await main(Deno.args, processIo()));
