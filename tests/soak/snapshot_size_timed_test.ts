// A million distinct words: how long saving a snapshot blocks the counting, and how soon a restart restores it.

import assert from "node:assert/strict";
import type { Assignment } from "../../lib/source/source.ts";
import { PartitionQueue } from "../../lib/records/partition_queue.ts";
import { systemFiles } from "../../lib/snapshot/snapshot_files.ts";
import { SnapshotStore } from "../../lib/snapshot/snapshot_store.ts";
import { fakeBatch } from "../fakes/fake_source.ts";
import { rig } from "../pipeline/pipeline_rig.ts";
import { silentLog } from "../fakes/silent_log.ts";
import { idleMachineMs } from "../machine/process_cpu.ts";

const WORDS = 1_000_000;
const PANES = 5;
const READY_WITHIN_MS = 3_000;
/** The daemon answers scrapes and heartbeats between two turns, so no turn may take longer. */
const STALL_MS = 500;

function storeIn(dir: string): SnapshotStore {
  return new SnapshotStore({ dir, name: "job", identity: () => ({}), files: systemFiles, log: silentLog });
}

/** Every pane has every word, and no window has closed. */
function filled() {
  const run = rig({ lengthMs: 10_000, slideMs: 2_000, maxRecordBytes: 1_000_000 });
  const [queue] = run.source.assign([{}]);
  const perRecord = 1_000;
  const records = Array.from({ length: PANES * WORDS / perRecord }, (_, offset) => {
    const first = (offset * perRecord) % WORDS;
    const words = Array.from({ length: perRecord }, (_, i) => `word-${first + i}`);
    return {
      offset,
      timestampMs: 1_000 + 2_000 * Math.floor(offset * perRecord / WORDS),
      value: words.join(),
    };
  });
  for (let n = 0; n < records.length; n += 100) queue.push(fakeBatch(records.slice(n, n + 100)));
  while (queue.hasMore) run.pipeline.turn();
  return { ...run, queue };
}

Deno.test("a snapshot of a million distinct words is saved in the background and restored within 3 s", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const { pipeline, queue } = filled();
    const takenMs = idleMachineMs();
    const snapshot = pipeline.takeSnapshot();
    const tookMs = idleMachineMs() - takenMs;
    assert.ok(snapshot !== undefined);

    let longestMs = 0;
    let saved = false;
    const savingMs = idleMachineMs();
    const saving = storeIn(dir).save(snapshot).then(() => saved = true);
    for (let last = idleMachineMs(); !saved; last = idleMachineMs()) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      longestMs = Math.max(longestMs, idleMachineMs() - last);
    }
    await saving;
    const saveMs = idleMachineMs() - savingMs;

    const startMs = idleMachineMs();
    const restore = await storeIn(dir).load();
    const loadMs = idleMachineMs() - startMs;
    const next = rig({ lengthMs: 10_000, slideMs: 2_000 });
    const partitions = [new PartitionQueue({ topic: "events", partition: 0, startOffset: queue.position })];
    const assignment: Assignment = { partitions, closedUntilMs: -Infinity, firstEndMs: -Infinity, restore };
    next.source.assignment = assignment;
    next.pipeline.turn();
    const readyMs = idleMachineMs() - startMs;
    const { size } = await Deno.stat(storeIn(dir).path);
    const [took, longest, save, load, ready] = [tookMs, longestMs, saveMs, loadMs, readyMs].map(Math.round);
    console.log(
      `${size} bytes: taken in ${took} ms, saved in ${save} ms (longest stretch ${longest} ms), ` +
        `loaded in ${load} ms, ready in ${ready} ms`,
    );
    assert.ok(took < STALL_MS, "taking it blocked the counting");
    assert.ok(longest < STALL_MS, "saving it blocked the counting");
    assert.ok(ready < READY_WITHIN_MS, "restoring it took too long");

    partitions[0].push(fakeBatch([{ offset: queue.position, timestampMs: 10_000, value: "word-7" }]));
    next.run(5);
    const last = next.closed.at(-1);
    assert.equal(last?.distinct, WORDS);
    assert.equal(last?.words, PANES * WORDS);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
