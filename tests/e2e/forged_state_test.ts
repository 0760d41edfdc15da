// Others may commit for the group, or write into the state folder. State that cannot be right is refused with its reason,
// and counting begins as without it.

import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../../lib/async/clock.ts";
import { Coordinator } from "../../lib/kafka/group/coordinator.ts";
import { commitOffsets, fetchCommits, type OffsetCommit } from "../../lib/kafka/group/group_offsets.ts";
import { NetworkClient } from "../../lib/kafka/network_client.ts";
import { decodeSnapshot, encodeSnapshot } from "../../lib/snapshot/snapshot_codec.ts";
import { formatCommitMetadata, parseCommitMetadata } from "../../lib/source/kafka/commit_metadata.ts";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { expectedBlocks, printedBlocks, waitForTimeOf } from "./console_blocks.ts";
import {
  eventMsBetween,
  makeLongTopic,
  PARTITIONS,
  settings,
  slowly,
  WINDOW,
  WINDOWS_BEFORE_THE_END,
} from "./long_stream.ts";
import { RtcountDaemon } from "./rtcount_process.ts";

/** A multiple of the slide in the year 287396. */
const FORGED_MS = 9e15;
const signal = new AbortController().signal;

/** The commits of a group, which is named after its topic, and a way to commit for it from outside. */
class ForeignCommits implements AsyncDisposable {
  readonly #group: string;
  readonly #client = new NetworkClient({ bootstrap: [bootstrap], clientId: "forger" });
  readonly #coordinator: Coordinator;

  constructor(group: string) {
    this.#group = group;
    this.#coordinator = new Coordinator(group, systemClock);
  }

  async fetch(topic: string): Promise<readonly OffsetCommit[]> {
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
    const [client, coordinator, group] = [this.#client, this.#coordinator, this.#group];
    return [...(await fetchCommits(client, { coordinator, group, partitions, signal })).values()];
  }

  async commit(commits: readonly OffsetCommit[]): Promise<void> {
    const { errorCode, address } = await this.#client.findCoordinator(this.#group);
    assert.equal(errorCode, 0);
    const outsider = { memberId: "", generation: -1 };
    assert.ok(await commitOffsets(this.#client, { address, group: this.#group, commits, ...outsider }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}

/** Runs the daemon until it has closed some windows, and stops it; returns the blocks that it has printed. */
async function runBefore(topic: string, more: Record<string, unknown> = {}): Promise<string[]> {
  await using daemon = new RtcountDaemon(settings(topic, slowly, more));
  await daemon.metricAtLeast("rtcount_windows_closed_total", WINDOWS_BEFORE_THE_END);
  daemon.kill("SIGTERM");
  assert.equal(await daemon.status, 0, daemon.stderr);
  return printedBlocks(daemon.stdout);
}

/** Runs the daemon to the end of the topic, and stops it. */
async function runAfter(
  topic: string,
  { last, more = {} }: { readonly last: string; readonly more?: Record<string, unknown> },
): Promise<{ readonly blocks: string[]; readonly stderr: string }> {
  await using daemon = new RtcountDaemon(settings(topic, {}, more));
  await waitForTimeOf(last, daemon);
  await daemon.waitForReadiness();
  daemon.kill("SIGTERM");
  assert.equal(await daemon.status, 0, daemon.stderr);
  return { blocks: printedBlocks(daemon.stdout), stderr: daemon.stderr };
}

Deno.test({
  name:
    "a daemon refuses commits that say that windows of the year 287396 are closed, and counts as without them",
  ignore: missing,
  async fn() {
    const topic = await makeLongTopic();
    const expected = await expectedBlocks({ bootstrap, topic }, WINDOW);
    const last = expected[expected.length - 1];
    await runBefore(topic);
    await using foreign = new ForeignCommits(topic);
    const commits = await foreign.fetch(topic);
    assert.equal(commits.length, PARTITIONS);
    const without = commits.map((commit) => ({ ...commit, metadata: "" }));
    const forged = commits.map((commit) => {
      const metadata = parseCommitMetadata(commit.metadata);
      assert.ok(metadata !== undefined, commit.metadata);
      return { ...commit, metadata: formatCommitMetadata({ ...metadata, closedUntilMs: FORGED_MS }) };
    });

    await foreign.commit(without);
    const { blocks: wanted } = await runAfter(topic, { last });
    await foreign.commit(forged);
    const { blocks, stderr } = await runAfter(topic, { last });

    assert.match(
      stderr,
      /a commit cannot be right.*newest window ends at 9000000000000000 ms, in the future/,
    );
    assert.deepEqual(blocks, wanted);
    // The first windows reach back before the committed offsets, of which one may be ahead of another.
    const offsets = commits.map(({ offset }) => offset);
    const aheadMs = eventMsBetween(Math.min(...offsets), Math.max(...offsets));
    const whole = blocks.slice(Math.ceil((WINDOW.lengthMs + aheadMs) / WINDOW.slideMs));
    assert.ok(whole.length > expected.length / 2);
    assert.deepEqual(whole, expected.slice(-whole.length));
    for (const { metadata } of await foreign.fetch(topic)) {
      const closedUntilMs = parseCommitMetadata(metadata)?.closedUntilMs;
      assert.ok(closedUntilMs !== undefined && closedUntilMs <= systemClock.nowMs(), metadata);
    }
  },
});

Deno.test({
  name: "a daemon refuses a snapshot that says that windows of the year 287396 are closed, and reads again",
  ignore: missing,
  async fn() {
    const dir = await Deno.makeTempDir({ prefix: "rtcount-state-" });
    try {
      const topic = await makeLongTopic();
      const expected = await expectedBlocks({ bootstrap, topic }, WINDOW);
      const more = { state: { dir, interval: "1h" } };
      const before = await runBefore(topic, more);
      const file = join(dir, "rtcount.snapshot");
      const { snapshot, identity } = decodeSnapshot(await Deno.readFile(file));
      const forged = encodeSnapshot({ ...snapshot, closedUntilMs: FORGED_MS }, identity);
      await Deno.writeFile(file, ReadableStream.from(forged));

      const { blocks, stderr } = await runAfter(topic, { last: expected[expected.length - 1], more });

      assert.match(
        stderr,
        /the snapshot is not used.*newest window ends at 9000000000000000 ms, in the future/,
      );
      assert.deepEqual([...before, ...blocks], expected);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});
