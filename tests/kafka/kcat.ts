// kcat: a producer and a reader that share no code with the program.

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
