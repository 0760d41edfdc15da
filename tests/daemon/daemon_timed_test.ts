import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock } from "../../lib/async/clock.ts";
import { parseConfig } from "../../lib/config/load.ts";
import { startDaemon } from "../../lib/daemon/daemon.ts";
import { silentLog } from "../fakes/silent_log.ts";

const CONFIG = `
source: {synthetic: {tasks: [{name: t, rate: 10}]}}
window: {length: 10s, slide: 1s}
http: {listen: "127.0.0.1:0"}
output: {console: false}
`;
const MB = 1_000_000;
const WAITS = 100_000;

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** A clock whose waits end as soon as all other tasks have run. */
class HastyClock implements Clock {
  waits = 0;
  #ms = 0;

  nowMs = () => Date.UTC(2026, 10, 22) + this.#ms;
  monotonicMs = () => this.#ms;

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    this.waits++;
    return new Promise((resolve) => {
      const done = () => {
        signal?.removeEventListener("abort", done);
        this.#ms++;
        resolve();
      };
      signal?.addEventListener("abort", done);
      if (Number.isFinite(ms)) setImmediate(done);
    });
  }

  async passWaits(waits: number): Promise<void> {
    const until = this.waits + waits;
    while (this.waits < until) await new Promise((resolve) => setImmediate(resolve));
  }
}

function heldBytes(): number {
  collectGarbage();
  return Deno.memoryUsage().heapUsed;
}

Deno.test("startDaemon(): waits leave no memory behind", async () => {
  const clock = new HastyClock();
  const daemon = await startDaemon({ config: parseConfig(CONFIG), log: silentLog, stdout() {}, clock });
  await clock.passWaits(WAITS);
  const beforeBytes = heldBytes();
  await clock.passWaits(WAITS);
  const moreBytes = heldBytes() - beforeBytes;
  await daemon.stop();
  assert.ok(moreBytes < MB, `${WAITS} waits have left ${Math.round(moreBytes / WAITS)} bytes each behind`);
});
