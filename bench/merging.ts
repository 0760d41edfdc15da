// Measures what a record costs a merging member that is alone in its group: it counts, reports, reads its own reports, and
// closes the windows of the group. The comparison is a pipeline that makes its windows itself. Reports do not leave the process.

import assert from "node:assert/strict";
import { systemClock } from "../lib/async/clock.ts";
import { GroupEpochs } from "../lib/kafka/group/group_epochs.ts";
import { GroupWindows } from "../lib/merge/group_windows.ts";
import { MemberReports } from "../lib/merge/member_reports.ts";
import { MergingMember } from "../lib/merge/merging_member.ts";
import { FINGERPRINT_BYTES } from "../lib/merge/report_format.ts";
import { PaneWindow } from "../lib/window/pane_window.ts";
import { SlidingWindow } from "../lib/window/sliding_window.ts";
import type { WindowResult } from "../lib/window/window_result.ts";
import { WordTable } from "../lib/words/word_table.ts";
import { FakeOutputs } from "../tests/fakes/fake_outputs.ts";
import type { FakeSource } from "../tests/fakes/fake_source.ts";
import { median } from "../tests/oracle/median.ts";
import { type BenchRow, formatBenchRow, isMet } from "./bench_row.ts";
import { naturalCorpus } from "./corpus.ts";
import { makeOwnWindows, makePipeline, makeWatermark } from "./even_pipeline.ts";
import { SLIDE_MS, TOP } from "./recount.ts";
import { type Counting, EvenTopic } from "./even_topic.ts";
import { LoopedLog } from "./looped_log.ts";

const ROUNDS = 5;
const PARTITIONS = [4, 64];
/** The goal is 0.95. The bench fails where a change makes merging more expensive, beyond the noise of a busy machine. */
const CORPORA = [
  { vocabulary: 200_000, wanted: 0.65 },
  { vocabulary: 10_000, wanted: 0.8 },
];
/** Panes of 100,000 records. The batches repeat the 150,000 records of the corpus. */
const SHAPE = { records: 1_024_000, recordsPerSlide: 100_000, recordsPerBatch: 1_000, variants: 150 };
/** The timed half begins when the window is full: from then on as many panes leave it as enter it. */
const LENGTH_MS = 5 * SLIDE_MS;
const UNTIMED_PART = 0.5;
/** The default of `window.max_words` is less than the distinct words of a pane here. */
const WINDOW = { lengthMs: LENGTH_MS, maxWords: 1_000_000 };
const EPOCH = 1;
const FINGERPRINT = new Uint8Array(FINGERPRINT_BYTES);

/** The windows of a run, without the time at which they end. */
type Content = Omit<WindowResult, "startMs" | "endMs">;

interface Run {
  readonly ns: number;
  readonly contents: readonly Content[];
}

/** Takes about a minute. */
export function measureMerging(): BenchRow[] {
  return CORPORA.flatMap(({ vocabulary, wanted }) => {
    const corpus = naturalCorpus({ vocabulary });
    return PARTITIONS.map((partitions) => {
      return compare(
        new EvenTopic(corpus, { ...SHAPE, partitions }),
        { title: `${partitions} partitions, ${vocabulary} words`, wanted },
      );
    });
  });
}

function compare(
  topic: EvenTopic,
  { title, wanted }: { readonly title: string; readonly wanted: number },
): BenchRow {
  const plainTimes: number[] = [];
  const mergingTimes: number[] = [];
  let wordsPerRecord = NaN;
  for (let round = 0; round <= ROUNDS; round++) {
    const plain = runPlain(topic);
    const merging = runMerging(topic);
    assert.deepEqual(merging.contents, plain.contents, "merging changes the windows");
    wordsPerRecord = merging.reportedWords / (merging.contents.length * SHAPE.recordsPerSlide);
    // The first round compiles the program.
    if (round === 0) continue;
    plainTimes.push(plain.ns);
    mergingTimes.push(merging.ns);
  }
  const [plainNs, mergingNs] = [median(plainTimes), median(mergingTimes)];
  return {
    name: `a record in a merging member alone against one without merging, ${title}`,
    ratio: plainNs / mergingNs,
    wanted,
    costNs: mergingNs,
    details: `${mergingNs.toFixed(0)} against ${plainNs.toFixed(0)} ns of processor time, ` +
      `${wordsPerRecord.toFixed(2)} words of reports a record`,
  };
}

function runPlain(topic: EvenTopic): Run {
  const outputs = new FakeOutputs();
  const ns = topic.nsPerRecord({
    start: (source) => makeOwnWindows({ source, outputs, ...WINDOW }),
    untimedPart: UNTIMED_PART,
  });
  return { ns, contents: contentsOf(outputs) };
}

function runMerging(topic: EvenTopic): Run & { readonly reportedWords: number } {
  const outputs = new FakeOutputs();
  const words = new WordTable();
  const member = makeMember(words, outputs);
  const ns = topic.nsPerRecord({
    start: (source) => memberTurns({ source, words, member, outputs }),
    untimedPart: UNTIMED_PART,
    epoch: EPOCH,
  });
  return { ns, contents: contentsOf(outputs), reportedWords: member.totals.words };
}

function contentsOf({ results }: FakeOutputs): Content[] {
  return results.map(({ startMs: _start, endMs: _end, ...content }) => content);
}

function makeMember(words: WordTable, outputs: FakeOutputs): MergingMember {
  const groupWords = new WordTable();
  const window = new SlidingWindow({
    ...WINDOW,
    slideMs: SLIDE_MS,
    top: TOP,
    words: groupWords,
    isWeighted: true,
  });
  const { log, sender } = new LoopedLog();
  const member = new MergingMember({
    id: "a",
    epochs: new GroupEpochs("merge"),
    fingerprint: FINGERPRINT,
    words,
    groupWords,
    log,
    sender,
    windows: (onClosed) =>
      new GroupWindows({
        lengthMs: LENGTH_MS,
        slideMs: SLIDE_MS,
        words: groupWords,
        window,
        fingerprint: FINGERPRINT,
        onClosed,
      }),
    show: (closed) => outputs.emit(closed),
    topic: undefined,
    clock: systemClock,
  });
  member.windows.start({ closedUntilMs: -Infinity, firstEndMs: -Infinity });
  return member;
}

function memberTurns({ source, words, member, outputs }: {
  readonly source: FakeSource;
  readonly words: WordTable;
  readonly member: MergingMember;
  readonly outputs: FakeOutputs;
}): Counting {
  const times = { lengthMs: LENGTH_MS, slideMs: SLIDE_MS };
  const watermark = makeWatermark(LENGTH_MS);
  const panes = new PaneWindow({ ...WINDOW, slideMs: SLIDE_MS, words });
  const aggregation = new MemberReports({ source, member, panes, watermark, outputs, ...times });
  const pipeline = makePipeline({ source, words, aggregation, watermark, outputs });
  return {
    turn() {
      pipeline.turn();
      // Everything that the turn has reported is added up.
      while (member.turn());
    },
  };
}

if (import.meta.main) {
  const rows = measureMerging();
  for (const row of rows) console.log(formatBenchRow(row));
  const below = rows.filter((row) => !isMet(row));
  for (const { name } of below) console.error(`below what is wanted: ${name}`);
  if (below.length > 0) Deno.exitCode = 1;
}
