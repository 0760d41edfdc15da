// Measures finding a field in records of Avro: the reader against avsc's decoder, alternately.

import { Buffer } from "node:buffer";
import avsc from "avsc";
import { avroFormat } from "../lib/formats/avro/avro_format.ts";
import { WantedPlan } from "../lib/formats/schema/wanted_plan.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";
import { measureFields } from "./fields.ts";
import { serviceLog } from "./service_log.ts";

const WANTED_RATIO = 5;

const record = (name: string, fields: Readonly<Record<string, unknown>>) => ({
  type: "record",
  name,
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
});
const array = (items: unknown) => ({ type: "array", items });
const text = "string";

/** The service's logs. */
const SCHEMA = record("Log", {
  timestamp: text,
  level: text,
  logger: text,
  thread: text,
  host: text,
  service: record("Service", { name: text, version: text, environment: text }),
  trace_id: text,
  user: record("User", { id: "long", tier: text, new: "boolean" }),
  request: record("Request", { method: text, path: text, bytes: "long" }),
  message: text,
  status: "int",
  duration_ms: "double",
  cached: "boolean",
  retry: ["null", "string"],
  remote: text,
  agent: text,
  referer: text,
  region: text,
  tags: array(text),
  items: array(record("Item", { sku: text, quantity: "int", price: "double" })),
  session: text,
  labels: { type: "map", values: text },
});

/** Measures records that are 1 KB of JSON with the text in the middle; takes about 1 s. */
export function measureAvro(): BenchRow {
  const type = avsc.Type.forSchema(SCHEMA as avsc.Schema);
  const plan = new WantedPlan([{ path: "$.message", elements: true }]);
  const schema = avroFormat.compile({ text: JSON.stringify(SCHEMA), references: [] }, plan);
  return measureFields({
    format: "Avro",
    peer: "avsc",
    wanted: WANTED_RATIO,
    schema,
    encode: (i) => type.toBuffer(serviceLog(i)),
    decode: (bytes) =>
      type.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)).message.length,
  });
}

if (import.meta.main) console.log(formatBenchRow(measureAvro()));
