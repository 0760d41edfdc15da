// Measures `rtcount count --topic` against kcat, awk, sort and head, by turns, on a topic of 4 million records. Both print
// the same counts.
//
//   [RTCOUNT=EXECUTABLE] deno run -A bench/count_topic.ts

import { startKafka } from "../tests/machine/kafka/broker.ts";
import { median } from "../tests/oracle/median.ts";
import { rtcountCommand } from "../tests/e2e/rtcount_process.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";
import { naturalCorpus } from "./corpus.ts";
import { fillTopicFrom } from "./full_topic.ts";
import { KAFKA, KCAT, requireAll } from "./needs.ts";

const WANTED_RATIO = 5;
const ROUNDS = 3;
const RECORDS = 4_000_000;
const PARTITIONS = 4;
const TOP = 20;
/** Fewer than window.max_words, so that the counts are exact. */
const VOCABULARY = 50_000;
const AWK =
  `{ for (i = 1; i <= NF; i++) counts[$i]++ } END { for (word in counts) print word "\\t" counts[word] }`;

interface Measured {
  readonly wallSeconds: number;
  /** CPU time of all processes. */
  readonly cpuSeconds: number;
  readonly counts: readonly string[];
}

/** Takes about 3 minutes. */
export async function measureCountTopic(): Promise<BenchRow> {
  await using kafka = await startKafka();
  const topic = { bootstrap: kafka.bootstrap, topic: "count", records: RECORDS };
  await fillTopicFrom(naturalCorpus({ vocabulary: VOCABULARY }), { ...topic, partitions: PARTITIONS });
  return await compareOn(topic);
}

/** Compares both on a topic that is there. */
export async function compareOn(
  { bootstrap, topic }: { readonly bootstrap: string; readonly topic: string },
): Promise<BenchRow> {
  const ours: Measured[] = [];
  const theirs: Measured[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await countWithRtcount(bootstrap, topic));
    theirs.push(await countWithKcat(bootstrap, topic));
    if (ours[round].counts.join() !== theirs[round].counts.join()) {
      throw new Error(`the counts differ: ${ours[round].counts} against ${theirs[round].counts}`);
    }
  }
  const wall = medianOf(ours, theirs, ({ wallSeconds }) => wallSeconds);
  const cpu = medianOf(ours, theirs, ({ cpuSeconds }) => cpuSeconds);
  return {
    name: "counting a topic once, against kcat, awk, sort and head",
    ratio: wall.their / wall.our,
    wanted: WANTED_RATIO,
    costNs: cpu.our * 1e9 / RECORDS,
    details:
      `${wall.our.toFixed(1)} against ${wall.their.toFixed(1)} s, of CPU ${cpu.our.toFixed(1)} against ` +
      `${cpu.their.toFixed(1)} s`,
  };
}

function medianOf(
  ours: readonly Measured[],
  theirs: readonly Measured[],
  pick: (measured: Measured) => number,
): { readonly our: number; readonly their: number } {
  return { our: median(ours.map(pick)), their: median(theirs.map(pick)) };
}

async function countWithRtcount(bootstrap: string, topic: string): Promise<Measured> {
  const options = ["--brokers", bootstrap, "--topic", topic, "--set", `top=${TOP}`, "--output", "json"];
  const { stdout, ...times } = await timed('"$@"', rtcountCommand(["count", ...options]));
  const { top } = JSON.parse(stdout) as { top: readonly [string, number][] };
  return { ...times, counts: top.map(([word, count]) => `${word}\t${count}`).sort() };
}

async function countWithKcat(bootstrap: string, topic: string): Promise<Measured> {
  const script =
    `kcat -C -e -q -b "$1" -t "$2" | awk -F , "$3" | sort -t "$(printf '\\t')" -k 2,2nr -k 1,1 | head -n "$4"`;
  const { stdout, ...times } = await timed(script, [bootstrap, topic, AWK, String(TOP)]);
  return { ...times, counts: stdout.trimEnd().split("\n").sort() };
}

/** Runs a script in bash, which prints its times at the end. */
async function timed(
  script: string,
  args: readonly string[],
): Promise<{ stdout: string; wallSeconds: number; cpuSeconds: number }> {
  const whole = `TIMEFORMAT='%R %U %S'; export LC_ALL=C; time { ${script}; }`;
  const { success, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", whole, "bash", ...args],
  }).output();
  const said = new TextDecoder().decode(stderr).trimEnd();
  const times = said.split("\n").at(-1)?.split(" ").map(Number) ?? [];
  if (!success || times.length !== 3) throw new Error(`the count failed:\n${said}`);
  const [wallSeconds, user, system] = times;
  return { stdout: new TextDecoder().decode(stdout), wallSeconds, cpuSeconds: user + system };
}

if (import.meta.main) {
  await requireAll("bench/count_topic.ts", [...KAFKA, ...KCAT]);
  console.log(formatBenchRow(await measureCountTopic()));
}
