// The list of fuzz targets.

import type { FuzzTarget } from "./fuzz_target.ts";
import { avroSchemas, avroValues } from "./targets/avro.ts";
import { awsAnswers } from "./targets/aws_answers.ts";
import { brokerAnswers } from "./targets/broker_answers.ts";
import { brokerFrames } from "./targets/broker_frames.ts";
import { gzip, lz4, snappy, zstd } from "./targets/codecs.ts";
import { commitMetadata } from "./targets/commit_metadata.ts";
import { configFile, configSettings } from "./targets/config.ts";
import { eventStream } from "./targets/event_stream.ts";
import { fetchResponse } from "./targets/fetch_response.ts";
import { groupProtocol } from "./targets/group_protocol.ts";
import { httpRequest } from "./targets/http_request.ts";
import { jsonPaths, jsonRecords } from "./targets/json.ts";
import { kcat } from "./targets/kcat.ts";
import { keyFormats } from "./targets/key_formats.ts";
import { lineSplitter } from "./targets/line_splitter.ts";
import { recordHeaders } from "./targets/record_headers.ts";
import { recordSet } from "./targets/record_set.ts";
import { records } from "./targets/records.ts";
import { protobufSchemas, protobufValues } from "./targets/protobuf.ts";
import { registryAnswers } from "./targets/registry_answers.ts";
import { report } from "./targets/report.ts";
import { sasl } from "./targets/sasl.ts";
import { snapshot } from "./targets/snapshot.ts";
import { statusLine } from "./targets/status_line.ts";
import { terminalWidth } from "./targets/terminal_width.ts";
import { tokenAnswers } from "./targets/token_answers.ts";
import { tokenizer } from "./targets/tokenizer.ts";

export const targets: readonly FuzzTarget[] = [
  fetchResponse,
  recordSet,
  records,
  gzip,
  snappy,
  lz4,
  zstd,
  brokerAnswers,
  brokerFrames,
  groupProtocol,
  sasl,
  tokenAnswers,
  awsAnswers,
  report,
  avroValues,
  avroSchemas,
  protobufValues,
  protobufSchemas,
  registryAnswers,
  tokenizer,
  recordHeaders,
  keyFormats,
  jsonRecords,
  jsonPaths,
  lineSplitter,
  kcat,
  commitMetadata,
  snapshot,
  configFile,
  configSettings,
  httpRequest,
  statusLine,
  eventStream,
  terminalWidth,
];
