// Envelopes of kcat: the result equals that of JSON.parse, and the error of an invalid line names it.

import assert from "node:assert/strict";
import { KcatReader } from "../../../lib/source/lines/kcat.ts";
import { LineSplitter } from "../../../lib/source/lines/line_splitter.ts";
import { Records } from "../../../lib/records/records.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const MAX_LINE_BYTES = 1 << 20;

const lineDecoder = new TextDecoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const records = new Records();

export const kcat: FuzzTarget = {
  name: "kcat",
  seedCorpus: encodeAll([
    '{"topic":"t","partition":0,"offset":1,"tstype":"create","ts":1700000000000,"key":null,"payload":"a,b"}\n',
    '{"topic":"t","partition":0,"offset":2,"ts":-1,"key":"k","payload":null}\n{"topic":"t","partition":1,"offset":3}\n',
    '\ufeff{"topic":"t","partition":1,"offset":3}\n',
    '{"topic":"ä","partition":0,"offset":2,"headers":["a",null],"payload":"\\ud800\\u0000\\u20ac"}\n\n',
  ]),
  dictionary: encodeAll(["\\u0800", "\\ud83d\\ude00", '"payload":"', '"key":', "null", "\n", "1e400", "{}"]),
  run(bytes) {
    const splitter = new LineSplitter(MAX_LINE_BYTES);
    const reader = new KcatReader("input");
    for (const lines of [splitter.split(bytes), splitter.finish()]) {
      try {
        reader.decode(lines, records);
      } catch (error) {
        assert.ok(error instanceof SyntaxError, String(error));
        assert.match(
          error.message,
          /^input:[0-9]+: the line .*: wanted an envelope of kcat -C -J$/,
        );
        return;
      }
      let record = 0;
      for (let i = 0; i < lines.count; i++, record++) {
        const text = lineDecoder.decode(lines.bytes.subarray(lines.starts[i], lines.ends[i]));
        const { offset, ts, key = null, payload = null } = JSON.parse(text);
        assert.equal(records.offsets[record], offset);
        assert.equal(records.timestampsMs[record], typeof ts === "number" && ts >= 0 ? ts : NaN);
        assert.equal(textOf(records.keyStarts[record], records.keyEnds[record]), wellFormed(key));
        assert.equal(textOf(records.valueStarts[record], records.valueEnds[record]), wellFormed(payload));
      }
      assert.equal(records.count, record);
    }
  },
};

function textOf(start: number, end: number): string | null {
  return start < 0 ? null : decoder.decode(records.bytes.subarray(start, end));
}

function wellFormed(text: string | null): string | null {
  return text === null ? null : text.toWellFormed();
}
