// Runs the same job on every peer: one real broker, full topics, the top words of every window compared with a recount.
// Peers run alternately, so that a busy machine slows all of them.
//
//   deno task bench:peers [--peers=NAME,…] [--sizes=31,100,1000] [--codecs=none,lz4,zstd] [--vocabularies=200000]
//                         [--rounds=3] [--records=4000000]
//
// NAME may be the beginning of a name. The task ends at once if the machine lacks what these peers need. --vocabularies
// sets the number of natural words, --records the most records that a peer gets; short topics change the ratios, because
// virtual machines compile while they run. The output is Markdown tables.

import { parseArgs } from "node:util";
import { startKafka } from "../../tests/machine/kafka/broker.ts";
import { median } from "../../tests/oracle/median.ts";
import { type Corpus, naturalCorpus, shortCorpus } from "../corpus.ts";
import { KAFKA, requireAll } from "../needs.ts";
import { type Codec, type Job, prepareJob } from "./job.ts";
import { type Command, type Peer, PEERS } from "./peer.ts";
import { type PeerRun, runPeer } from "./peer_run.ts";

const CORPORA: Readonly<Record<string, (vocabulary: number) => Corpus>> = {
  "31": shortCorpus,
  "100": (vocabulary) => naturalCorpus({ vocabulary }),
  "1000": (vocabulary) => naturalCorpus({ vocabulary, recordBytes: 1_000 }),
};
const PARTITIONS = 4;
const CODECS: readonly string[] = ["none", "lz4", "zstd"];

interface ReadyPeer extends Peer {
  readonly command: (job: Job) => Command;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      peers: { type: "string", default: "" },
      sizes: { type: "string", default: "31,100,1000" },
      codecs: { type: "string", default: "none" },
      vocabularies: { type: "string", default: "200000" },
      rounds: { type: "string", default: "3" },
      records: { type: "string", default: "4000000" },
    },
  });
  const named = peersNamed(values.peers.split(","));
  await requireAll("deno task bench:peers", [...KAFKA, ...named.flatMap(({ needs = [] }) => needs)]);
  const most = wholeNumber("records", values.records);
  const peers: ReadyPeer[] = [];
  for (const peer of named) {
    peers.push({ ...peer, records: Math.min(peer.records, most), command: await peer.prepare() });
  }
  const rounds = wholeNumber("rounds", values.rounds);
  for (const vocabulary of values.vocabularies.split(",").map((text) => wholeNumber("vocabularies", text))) {
    for (const size of chosen(values.sizes, Object.keys(CORPORA))) {
      const corpus = CORPORA[size](vocabulary);
      for (const codec of chosen(values.codecs, CODECS)) {
        const words = corpus.name + (size === "31" ? "" : ` of ${vocabulary}`);
        console.log(`\n### ${words}, records of ${size} bytes, compression: ${codec}\n`);
        console.log(await compareOn(corpus, { codec: codec as Codec, peers, rounds }));
      }
    }
  }
}

function peersNamed(starts: readonly string[]): Peer[] {
  const unknown = starts.find((start) => !PEERS.some(({ name }) => name.startsWith(start)));
  if (unknown !== undefined) {
    throw new RangeError(`no name begins with "${unknown}": ${PEERS.map(({ name }) => name).join(", ")}`);
  }
  return PEERS.filter(({ name }) => starts.some((start) => name.startsWith(start)));
}

function chosen(list: string, known: readonly string[]): string[] {
  const names = list.split(",");
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new RangeError(`"${unknown}" is none of ${known.join(", ")}`);
  return names;
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9][0-9]{0,6}$/.test(text)) {
    throw new RangeError(`--${option} has "${text}", wanted a whole number above 0`);
  }
  return Number(text);
}

async function compareOn(
  corpus: Corpus,
  options: { codec: Codec; peers: readonly ReadyPeer[]; rounds: number },
): Promise<string> {
  const { codec, peers, rounds } = options;
  const recordBytes = corpus.bytes.length / corpus.records;
  // Each size has its own broker, so that earlier topics do not disturb.
  await using kafka = await startKafka();
  const jobs = new Map<string, Job>();
  const jobFor = async ({ records, partitions = PARTITIONS }: Peer) => {
    const fitting = Math.ceil(records * Math.min(1, 100 / recordBytes));
    const key = `${fitting} in ${partitions}`;
    const job = jobs.get(key) ?? await prepareJob(kafka, { corpus, records: fitting, codec, partitions });
    jobs.set(key, job);
    return job;
  };
  const runs = new Map<string, PeerRun[]>(peers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      const { name, command, output, time } = peer;
      const job = await jobFor(peer);
      const run = await runPeer(command(job), { job, read: output?.(), time });
      runs.get(name)!.push(run);
      console.error(`${name}: ${Math.round(run.recordsPerSecond / 1_000)} thousand records/s`);
    }
  }
  return formatTable(runs);
}

function formatTable(runs: ReadonlyMap<string, readonly PeerRun[]>): string {
  const of = (name: string, key: keyof PeerRun) => runs.get(name)!.map((run) => run[key]);
  const [reference] = runs.keys();
  const rows = [...runs.keys()].map((name) => {
    const rates = of(name, "recordsPerSecond");
    const cpu = median(of(name, "cpuSecondsPerMillion"));
    return [
      name,
      `${thousands(median(rates))} (${thousands(Math.min(...rates))} to ${thousands(Math.max(...rates))})`,
      thousands(median(of(name, "wordsPerSecond"))),
      median(of(name, "megabytesPerSecond")).toFixed(1),
      cpu.toFixed(2),
      median(of(name, "peakMegabytes")).toFixed(0),
      median(of(name, "firstResultSeconds")).toFixed(1),
      (median(of(reference, "recordsPerSecond")) / median(rates)).toFixed(2),
      (cpu / median(of(reference, "cpuSecondsPerMillion"))).toFixed(2),
    ];
  });
  const head = [
    "peer",
    "thousand records/s (spread)",
    "thousand words/s",
    "MB/s",
    "CPU s per million records",
    "peak MB",
    "s to first result",
    `${reference} is so many times as fast`,
    "and takes so many times less CPU",
  ];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function thousands(count: number): string {
  return count >= 100_000 ? (count / 1_000).toFixed(0) : (count / 1_000).toFixed(1);
}

await main();
