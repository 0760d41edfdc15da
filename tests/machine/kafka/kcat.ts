// kcat: a producer and a reader that share no code with the program.

const ANSWER_SECONDS = 3;

export type Codec = "none" | "gzip" | "snappy" | "lz4" | "zstd";

/** A record as `kcat -C -J` prints it; what else it prints is of no use here. */
export interface Envelope {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly ts: number;
  readonly key: string | null;
  readonly payload: string | null;
  /** Names and values by turns. */
  readonly headers?: readonly string[];
}

/** Sends each line as a record, dated now, in as few batches as kcat makes of them. */
export async function produceLines(
  lines: readonly string[],
  target: { bootstrap: string; topic: string; partition: number; codec: Codec },
): Promise<void> {
  const { bootstrap, topic, partition, codec } = target;
  const where = ["-b", bootstrap, "-t", topic, "-p", String(partition)];
  const child = new Deno.Command("kcat", {
    args: ["-P", ...where, "-X", `compression.codec=${codec}`, "-X", "linger.ms=5"],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(lines.map((line) => line + "\n").join("")));
  await stdin.close();
  const { success, stderr } = await child.output();
  if (!success) throw new Error(`kcat cannot produce to "${topic}": ${new TextDecoder().decode(stderr)}`);
}

/** All records of a topic, partition by partition or not: one envelope a line, as `rtcount count --format kcat` reads them. */
export async function dumpText(source: { bootstrap: string; topic: string }): Promise<string> {
  const { bootstrap, topic } = source;
  const { success, stdout, stderr } = await new Deno.Command("kcat", {
    args: ["-C", "-q", "-e", "-J", "-o", "beginning", "-b", bootstrap, "-t", topic],
  }).output();
  if (!success) throw new Error(`kcat cannot read "${topic}": ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** The same, parsed. */
export async function dump(source: { bootstrap: string; topic: string }): Promise<Envelope[]> {
  return parseEnvelopes(await dumpText(source));
}

export function parseEnvelopes(text: string): Envelope[] {
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** `host:port` of the leader of each partition that has one. Frozen brokers delay the answer no longer than others. */
export async function leaders(source: { bootstrap: string; topic: string }): Promise<Map<number, string>> {
  const { bootstrap, topic } = source;
  const text = await ask(["-L", "-J", "-b", bootstrap, "-t", topic]);
  const { brokers, topics } = JSON.parse(text) as ListedCluster;
  const names = new Map(brokers.map(({ id, name }) => [id, name]));
  const led = topics.flatMap(({ partitions }) =>
    partitions.map(({ partition, leader }) => [partition, names.get(leader)] as const)
  );
  return new Map(led.filter((one): one is [number, string] => one[1] !== undefined));
}

/** The ends of the partitions, from 0 on. @throws Error while one of them has no leader */
export async function logEnds(
  source: { bootstrap: string; topic: string; partitions: number },
): Promise<number[]> {
  const { bootstrap, topic, partitions } = source;
  const wanted = Array.from({ length: partitions }, (_, partition) => ["-t", `${topic}:${partition}:-1`]);
  const text = await ask(["-Q", "-b", bootstrap, ...wanted.flat()]);
  const ends = [...text.matchAll(/ \[(\d+)\] offset (\d+)$/gm)].map(([, , offset]) => Number(offset));
  if (ends.length !== partitions) {
    throw new Error(`kcat knows the ends of ${ends.length} of ${partitions} partitions`);
  }
  return ends;
}

interface ListedCluster {
  readonly brokers: readonly { id: number; name: string }[];
  readonly topics: readonly { partitions: readonly { partition: number; leader: number }[] }[];
}

async function ask(args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("kcat", {
    args: ["-m", String(ANSWER_SECONDS), ...args],
  }).output();
  if (!success) throw new Error(`kcat gets no answer: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
