// Runs targets in a thread and watches it: an input that does not finish in time ends the thread.

import { Buffer } from "node:buffer";
import { corpusOf } from "./corpus.ts";
import type { FuzzFinding, FuzzPlan, FuzzReport } from "./fuzzer.ts";
import { inputAt } from "./input_at.ts";
import { targets } from "./targets.ts";

/** Far beyond the time allowed for an input: the fuzzer itself reports slow inputs that finish. */
const HANG_MS = 60_000;
const LOOK_INTERVAL_MS = 1_000;
/** Time for loading the targets and for minimising a finding. */
const OTHERWISE_MS = 60_000;
const MAX_SHOWN_CHARACTERS = 2_000;

export class GuardedFuzzer implements Disposable {
  #worker: Worker | undefined;

  async run(plan: FuzzPlan): Promise<FuzzReport> {
    this.#worker ??= new Worker(new URL("./fuzz_worker.ts", import.meta.url), { type: "module" });
    const current = new Int32Array(new SharedArrayBuffer(4)).fill(-1);
    const { promise, resolve, reject } = Promise.withResolvers<FuzzReport>();
    this.#worker.onmessage = ({ data }: MessageEvent<FuzzReport>) => resolve(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`${plan.target}: the thread ended: ${event.message}`));
    };
    const startMs = performance.now();
    let seen = -1;
    let seenMs = startMs;
    const watch = setInterval(() => {
      const iteration = Atomics.load(current, 0);
      const nowMs = performance.now();
      if (iteration !== seen) [seen, seenMs] = [iteration, nowMs];
      const limitMs = seen < 0 ? OTHERWISE_MS : HANG_MS;
      if (nowMs - seenMs <= limitMs) return;
      this.stop();
      this.#hangingAt(plan, { iteration: seen, elapsedMs: nowMs - startMs }).then(resolve, reject);
    }, LOOK_INTERVAL_MS);
    try {
      this.#worker.postMessage({ plan, current });
      return await promise;
    } finally {
      clearInterval(watch);
    }
  }

  stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  async #hangingAt(
    plan: FuzzPlan,
    { iteration, elapsedMs }: { iteration: number; elapsedMs: number },
  ): Promise<FuzzReport> {
    const target = targets.find(({ name }) => name === plan.target);
    if (target === undefined || iteration < 0) throw new Error(`${plan.target}: it did not start`);
    const input = inputAt(target, await corpusOf(target), { seed: plan.seed, iteration });
    const message = `it did not finish within ${HANG_MS} ms`;
    const finding: FuzzFinding = { iteration, message, input, originalBytes: input.length };
    const inputs = iteration - plan.from;
    return { inputs, elapsedMs, bytes: 0, slowestMs: HANG_MS, growthBytes: undefined, finding };
  }
}

/** The text of a finding, with the commands that reproduce it. */
export function formatFinding({ target, seed }: FuzzPlan, finding: FuzzFinding): string {
  const { iteration, message, input, originalBytes } = finding;
  const again = `deno task fuzz ${target} --seed=${seed} --at=${iteration}`;
  const base64 = Buffer.from(input).toString("base64");
  return [
    `${target}, seed ${seed}, input ${iteration}: ${message.trim()}`,
    `the input, ${originalBytes} bytes, minimised to ${input.length}, in base64:`,
    base64.length <= MAX_SHOWN_CHARACTERS ? base64 : `${base64.slice(0, MAX_SHOWN_CHARACTERS)}… (cut)`,
    `to reproduce it: ${again}`,
    `to keep it for the tests: ${again} --keep=NAME`,
  ].join("\n");
}
