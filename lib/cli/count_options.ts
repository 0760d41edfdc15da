// The options of `rtcount count` that only apply together, or that exclude each other.

import { parseDuration } from "../text/duration.ts";
import { rfc3339Time } from "../text/timestamp.ts";

/** By name, without the dashes. */
type Options = Readonly<Record<string, readonly string[]>>;

const OF_TOPICS = ["brokers", "topic"] as const;
const OF_SPAN = ["last", "since"] as const;

/** Whether Kafka topics are counted, and not files. */
export function countsTopics(options: Options): boolean {
  return OF_TOPICS.some((name) => options[name] !== undefined);
}

/** The fault of a command line whose options are right one by one; undefined for none. */
export function countFault(operands: readonly string[], options: Options): string | undefined {
  if (options.last !== undefined && options.since !== undefined) {
    return "--last and --since exclude each other";
  }
  if (!countsTopics(options)) {
    const alone = OF_SPAN.find((name) => options[name] !== undefined);
    return alone === undefined ? undefined : `--${alone} needs --topic`;
  }
  if (operands.length > 0) return `FILE and --${OF_TOPICS.find((name) => options[name])} exclude each other`;
  if (options.format !== undefined) return "--format is for files: records of topics are counted as they are";
  const sets = options.set ?? [];
  const missing = OF_TOPICS.find((name) =>
    options[name] === undefined && options.config === undefined &&
    !sets.some((set) => set.startsWith(`source.kafka.${KEYS[name]}`))
  );
  return missing === undefined
    ? undefined
    : `count of topics needs --${missing}, or --config with source.kafka`;
}

const KEYS = { brokers: "brokers", topic: "topics" } as const;

/** The options as keys of the configuration, PATH=VALUE. */
export function topicSettings({ brokers, topic }: Options): readonly string[] {
  return [
    ...(brokers === undefined ? [] : [`source.kafka.brokers=${JSON.stringify(brokers[0].split(","))}`]),
    ...(topic === undefined ? [] : [`source.kafka.topics=${JSON.stringify(topic)}`]),
  ];
}

/** Milliseconds since the epoch of a time by RFC 3339; undefined for other text. */
export function parseSince(text: string): number | undefined {
  const bytes = new TextEncoder().encode(text);
  const timeMs = rfc3339Time(bytes, 0, bytes.length);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/** Records dated before are left out; undefined: none. */
export function sinceMs({ last, since }: Options, nowMs: number): number | undefined {
  if (since !== undefined) return parseSince(since[0]);
  const durationMs = parseDuration(last?.[0] ?? "");
  return durationMs === undefined ? undefined : Math.max(0, nowMs - durationMs);
}
