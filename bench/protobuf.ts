// Measures finding a field in records of Protobuf: the reader against protobufjs's decoder, alternately.

import protobuf from "protobufjs";
import { namedMessage } from "../lib/formats/protobuf/protobuf_format.ts";
import { loadProtobufjs } from "../lib/formats/protobuf/protobufjs.ts";
import { WantedPlan } from "../lib/formats/schema/wanted_plan.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";
import { measureFields } from "./fields.ts";
import { serviceLog } from "./service_log.ts";

await loadProtobufjs();

const WANTED_RATIO = 5;

/** The service's logs. */
const SCHEMA = `syntax = "proto3";
message Log {
  string timestamp = 1; string level = 2; string logger = 3; string thread = 4; string host = 5;
  message Service { string name = 1; string version = 2; string environment = 3; }
  Service service = 6;
  string trace_id = 7;
  message User { int64 id = 1; string tier = 2; bool new = 3; }
  User user = 8;
  message Request { string method = 1; string path = 2; int64 bytes = 3; }
  Request request = 9;
  string message = 10;
  int32 status = 11; double duration_ms = 12; bool cached = 13; optional string retry = 14; string remote = 15;
  string agent = 16; string referer = 17; string region = 18;
  repeated string tags = 19;
  message Item { string sku = 1; int32 quantity = 2; double price = 3; }
  repeated Item items = 20;
  string session = 21;
  map<string, string> labels = 22;
}`;

/** Measures records that are 1 KB of JSON with the text in the middle; takes about 1 s. */
export function measureProtobuf(): BenchRow {
  const type = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType("Log");
  const plan = new WantedPlan([{ path: "$.message", elements: true }]);
  return measureFields({
    format: "Protobuf",
    peer: "protobufjs",
    wanted: WANTED_RATIO,
    schema: namedMessage({ text: SCHEMA, references: [] }, "Log", plan),
    encode: (i) => type.encode(type.fromObject(serviceLog(i) as Record<string, unknown>)).finish(),
    decode: (bytes) => (type.decode(bytes) as unknown as { readonly message: string }).message.length,
  });
}

if (import.meta.main) console.log(formatBenchRow(measureProtobuf()));
