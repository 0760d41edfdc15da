// Runs 1, 2 and 4 members of a merging group on one topic of 16 partitions, each held to the same share of a core, and
// compares with the model of docs/scaling.md. It needs root on Linux, for the control groups that hold the members.
//
//   deno task bench:scale [--members=1,2,4] [--share=0.2] [--records=2000000] [--panes=100000,1000] [--rounds=3]
//                         [--live=30] [--vocabulary=200000]
//
// --panes sets the records of a pane, --live the seconds of the live stream by which delays are measured, --vocabulary the
// number of natural words.

import { parseArgs } from "node:util";
import { startKafka } from "../../tests/machine/kafka/broker.ts";
import { median } from "../../tests/oracle/median.ts";
import { naturalCorpus } from "../corpus.ts";
import { KAFKA, requireAll } from "../needs.ts";
import { cpuSecondsPerMillion, fitModel, type Measured, type ScaleModel, speedup } from "./model.ts";
import { PARTITIONS, runGroup, type ScaleJob, type ScaleRun } from "./scale_run.ts";

const EXTRAPOLATED = [10, 40, 100];
/** Thin panes cost more: a run that is short enough has no more of them. */
const MOST_PANES = 400;

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      members: { type: "string", default: "1,2,4" },
      share: { type: "string", default: "0.2" },
      records: { type: "string", default: "2000000" },
      panes: { type: "string", default: "100000,1000" },
      rounds: { type: "string", default: "3" },
      live: { type: "string", default: "30" },
      vocabulary: { type: "string", default: "200000" },
    },
  });
  await requireAll("deno task bench:scale", KAFKA);
  const members = values.members.split(",").map(Number);
  const corpus = naturalCorpus({ vocabulary: Number(values.vocabulary) });
  await using kafka = await startKafka();
  for (const recordsPerPane of values.panes.split(",").map(Number)) {
    const job: ScaleJob = {
      corpus,
      records: Math.min(Number(values.records), MOST_PANES * recordsPerPane),
      recordsPerPane,
      share: Number(values.share),
      liveMs: Number(values.live) * 1_000,
    };
    const runs = new Map<string, ScaleRun[]>();
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const count of [0, ...members]) {
        const isMerging = count > 0;
        const run = await runGroup(kafka, { members: Math.max(1, count), isMerging, job });
        const name = isMerging ? `${count}` : "1, without merging";
        runs.set(name, [...runs.get(name) ?? [], run]);
        console.error(`${name}: ${Math.round(run.recordsPerSecond / 1_000)} thousand records/s`);
      }
    }
    console.log(
      `\n### ${recordsPerPane} records in a pane, ${PARTITIONS} partitions, ${job.share} of a core a member\n`,
    );
    console.log(formatTable(runs, job));
    console.log(`\n${formatModel(runs, recordsPerPane)}`);
  }
}

function formatTable(runs: ReadonlyMap<string, readonly ScaleRun[]>, { records }: ScaleJob): string {
  const of = (name: string, pick: (run: ScaleRun) => number) => median((runs.get(name) ?? []).map(pick));
  const alone = of("1", ({ recordsPerSecond }) => recordsPerSecond);
  const cpuOf = ({ cpuSecondsPerMillion }: ScaleRun) => cpuSecondsPerMillion;
  const cpuAlone = of("1", cpuOf);
  const rows = [...runs].map(([name, some]) => {
    const [{ members }] = some;
    const delays = some.flatMap(({ delaysMs }) => delaysMs);
    const rate = of(name, ({ recordsPerSecond }) => recordsPerSecond);
    return [
      name,
      (rate / 1_000).toFixed(0),
      (rate / alone).toFixed(2),
      (members * cpuAlone / of(name, cpuOf)).toFixed(2),
      of(name, cpuOf).toFixed(2),
      of(name, ({ wordsPerReport }) => wordsPerReport).toFixed(0),
      (of(name, ({ logBytes }) => logBytes) / records).toFixed(2),
      delays.length === 0 ? "" : `${median(delays).toFixed(0)} (${Math.max(...delays)})`,
    ];
  });
  const head = [
    "members",
    "thousand records/s",
    "× one member",
    "× by CPU time alone",
    "CPU s per million records",
    "words of a member's pane",
    "bytes of reports a record",
    "ms from a window's end to a client (most)",
  ];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** The constants, from one and two members, and what follows for more. */
function formatModel(runs: ReadonlyMap<string, readonly ScaleRun[]>, recordsPerPane: number): string {
  const measured = (name: string): Measured => {
    const some = runs.get(name) ?? [];
    return {
      members: some[0].members,
      recordsPerPane,
      wordsPerReport: median(some.map(({ wordsPerReport }) => wordsPerReport)),
      cpuSecondsPerMillion: median(some.map(({ cpuSecondsPerMillion }) => cpuSecondsPerMillion)),
    };
  };
  if (!runs.has("1") || !runs.has("2")) return "The model needs runs with 1 and 2 members.";
  const model = fitModel({ plain: measured("1, without merging"), one: measured("1"), two: measured("2") });
  const { recordNs, reportNs, addNs, words } = model;
  return [
    `model: a record ${recordNs.toFixed(0)} ns, reporting a word ${reportNs.toFixed(0)} ns, adding one up ` +
    `${addNs.toFixed(0)} ns; ${words.scale.toFixed(1)} × n^${words.exponent.toFixed(2)} words in n records`,
    ...[...runs.keys()].filter((name) => Number(name) > 2).map((name) => {
      const predicted = cpuSecondsPerMillion(model, Number(name));
      const got = measured(name).cpuSecondsPerMillion;
      return `${name} members: predicted ${predicted.toFixed(2)} CPU s per million, measured ${
        got.toFixed(2)
      } ` +
        `(${(got / predicted).toFixed(2)} times)`;
    }),
    ...EXTRAPOLATED.map((count) => formatExtrapolated(model, count)),
  ].join("\n");
}

function formatExtrapolated(model: ScaleModel, members: number): string {
  return `${members} members would count ${speedup(model, members).toFixed(1)} times what one does, at ` +
    `${cpuSecondsPerMillion(model, members).toFixed(2)} CPU s per million`;
}

await main();
