// Runs a target over its inputs and checks time, memory and the target's own assertions for each.

import { idleMachineMs } from "../machine/process_cpu.ts";
import { corpusOf } from "./corpus.ts";
import type { FuzzTarget } from "./fuzz_target.ts";
import { inputAt } from "./input_at.ts";
import { minimise } from "./minimise.ts";

/** Time allowed for the longest input; larger growth than linear shows there. */
const MAX_MS = 1000;
/** A slow input is measured again, because the machine may have paused; the best time counts. */
const MEASUREMENTS = 3;
const MIB = 1 << 20;
const MAX_MEMORY_BYTES = 64 * MIB;
const MAX_MEMORY_PER_BYTE = 64;
/** How much the process may grow from a quarter of a run to its end. */
const MAX_GROWTH_BYTES = 128 * MIB;
/** The event loop runs after this many inputs: the runtime's streams free memory there. */
const TURN_INPUTS = 32;

export interface FuzzPlan {
  readonly target: string;
  readonly seed: number;
  /** The number of the first input. */
  readonly from: number;
  /** The largest number of inputs. */
  readonly inputs: number;
  readonly durationMs: number;
}

export interface FuzzFinding {
  readonly iteration: number;
  /** The failure. */
  readonly message: string;
  /** As small as minimisation could make it. */
  readonly input: Uint8Array;
  readonly originalBytes: number;
}

export interface FuzzReport {
  readonly inputs: number;
  readonly elapsedMs: number;
  readonly bytes: number;
  readonly slowestMs: number;
  /** Growth of the process since a quarter of the run; undefined if garbage cannot be collected. */
  readonly growthBytes: number | undefined;
  readonly finding: FuzzFinding | undefined;
}

/** @param onInput is called with the number of each input before it runs. */
export async function fuzz(
  target: FuzzTarget,
  plan: FuzzPlan,
  onInput: (iteration: number) => void,
): Promise<FuzzReport> {
  const { seed, from, durationMs } = plan;
  const corpus = await corpusOf(target);
  const startMs = performance.now();
  let bytes = 0;
  let slowestMs = 0;
  let settledBytes: number | undefined;
  let iteration = from;
  let finding: FuzzFinding | undefined;
  // Always run the whole corpus.
  const isOver = (elapsedMs: number) =>
    iteration - from >= plan.inputs || (elapsedMs >= durationMs && iteration >= corpus.length);
  for (let elapsedMs = 0; !isOver(elapsedMs); iteration++) {
    const input = inputAt(target, corpus, { seed, iteration });
    onInput(iteration);
    const verdict = await tryInput(target, input);
    bytes += input.length;
    slowestMs = Math.max(slowestMs, verdict.ms);
    if (verdict.message !== undefined) {
      finding = await findingOf(target, { ...verdict, message: verdict.message, iteration, input });
      break;
    }
    if (iteration % TURN_INPUTS === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    elapsedMs = performance.now() - startMs;
    if (settledBytes === undefined && elapsedMs > durationMs / 4) settledBytes = residentBytes();
  }
  const endBytes = residentBytes();
  const growthBytes = settledBytes === undefined || endBytes === undefined
    ? undefined
    : endBytes - settledBytes;
  if (finding === undefined && growthBytes !== undefined && growthBytes > MAX_GROWTH_BYTES) {
    const message = `the process grew by ${Math.round(growthBytes / MIB)} MiB, wanted at most 128`;
    finding = { iteration, message, input: new Uint8Array(0), originalBytes: 0 };
  }
  return {
    inputs: iteration - from,
    elapsedMs: performance.now() - startMs,
    bytes,
    slowestMs,
    growthBytes,
    finding,
  };
}

interface InputOutcome {
  readonly ms: number;
  /** The fault; undefined if there is none. */
  readonly message: string | undefined;
  /** Two findings with the same kind count as one. */
  readonly kind: string;
}

async function tryInput(target: FuzzTarget, input: Uint8Array): Promise<InputOutcome> {
  const maxMs = target.maxMs ?? MAX_MS;
  const maxBytes = MAX_MEMORY_BYTES + (target.maxMemoryPerByte ?? MAX_MEMORY_PER_BYTE) * input.length;
  let ms = Infinity;
  for (let i = 0; i < MEASUREMENTS; i++) {
    const beforeBytes = heldBytes();
    const startMs = idleMachineMs();
    try {
      const running = target.run(input);
      if (running !== undefined) await running;
    } catch (error) {
      const kind = error instanceof Error ? `${error.name} ${error.message.slice(0, 30)}` : String(error);
      const message = error instanceof Error ? `${error.stack}\n${error.cause ?? ""}` : String(error);
      return { ms: idleMachineMs() - startMs, message, kind };
    }
    ms = Math.min(ms, idleMachineMs() - startMs);
    const tookBytes = heldBytes() - beforeBytes;
    if (tookBytes > maxBytes) {
      const message = `it takes ${Math.round(tookBytes / MIB)} MiB, wanted at most ${maxBytes / MIB}`;
      return { ms, message, kind: "memory" };
    }
    if (ms <= maxMs) return { ms, message: undefined, kind: "" };
  }
  return {
    ms,
    message: `it takes ${Math.round(ms)} ms, wanted at most ${Math.round(maxMs)}`,
    kind: "time",
  };
}

async function findingOf(
  target: FuzzTarget,
  { iteration, input, message, kind }: {
    readonly iteration: number;
    readonly input: Uint8Array;
    readonly message: string;
    readonly kind: string;
  },
): Promise<FuzzFinding> {
  const isSame = async (smaller: Uint8Array) => (await tryInput(target, smaller)).kind === kind;
  return { iteration, message, input: await minimise(input, isSame), originalBytes: input.length };
}

/** Memory of JavaScript and its buffers. */
function heldBytes(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

/** Memory of the process after garbage collection; undefined without `--expose-gc`. */
function residentBytes(): number | undefined {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) return undefined;
  gc();
  return Deno.memoryUsage().rss;
}
