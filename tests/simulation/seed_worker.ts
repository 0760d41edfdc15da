// Runs a share of the seeds and returns the failing ones.

import { makeScenario } from "./scenario.ts";
import { simulate } from "./simulation.ts";

/** Every `step`th seed from `from` on, below `until`. */
export interface SeedShare {
  readonly from: number;
  readonly step: number;
  readonly until: number;
}

export interface SeedFailure {
  readonly seed: number;
  readonly message: string;
}

const scope = self as unknown as {
  onmessage: (event: MessageEvent<SeedShare>) => void;
  postMessage(failures: readonly SeedFailure[]): void;
};

scope.onmessage = async ({ data: { from, step, until } }) => {
  // Simulated faults make many errors; their stacks would cost a tenth of the time.
  Error.stackTraceLimit = 0;
  const failures: SeedFailure[] = [];
  for (let seed = from; seed < until; seed += step) {
    await simulate(makeScenario(seed)).catch((error: Error) =>
      failures.push({ seed, message: error.message })
    );
  }
  scope.postMessage(failures);
};
