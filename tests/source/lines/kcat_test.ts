import assert from "node:assert/strict";
import { KcatReader } from "../../../lib/source/lines/kcat.ts";
import { LineSplitter } from "../../../lib/source/lines/line_splitter.ts";
import { HeaderSearch } from "../../../lib/records/record_headers.ts";
import { Records } from "../../../lib/records/records.ts";

const encoder = new TextEncoder();

function decode(text: string | Uint8Array, maxLineBytes = 1_000) {
  const records = new Records();
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  new KcatReader("dump.json").decode(new LineSplitter(maxLineBytes).split(bytes), records);
  const read = (start: number, end: number) => {
    return start < 0 ? null : new TextDecoder().decode(records.bytes.subarray(start, end));
  };
  return Array.from({ length: records.count }, (_, i) => ({
    offset: records.offsets[i],
    timestampMs: records.timestampsMs[i],
    key: read(records.keyStarts[i], records.keyEnds[i]),
    value: read(records.valueStarts[i], records.valueEnds[i]),
  }));
}

const PLACE = '"topic":"t","partition":0,"offset":7';

Deno.test("KcatReader.decode() reads envelopes", () => {
  const rows: [envelope: string, timestampMs: number, key: string | null, value: string | null][] = [
    [`{${PLACE},"tstype":"create","ts":5,"broker":1,"key":"k","payload":"a,b"}`, 5, "k", "a,b"],
    [`{${PLACE},"ts":5,"key":null,"payload":null}`, 5, null, null],
    [`{${PLACE},"ts":0,"key":"","payload":""}`, 0, "", ""],
    [`{${PLACE},"ts":253402300799999}`, 253402300799999, null, null],
    [`{${PLACE},"ts":-1,"payload":"a"}`, NaN, null, "a"],
    [`{${PLACE},"payload":"a"}`, NaN, null, "a"],
    [`{${PLACE},"ts":null,"payload":"a"}\r`, NaN, null, "a"],
    [`{${PLACE},"ts":5,"headers":["h","v"],"payload":"a\\nb\\u00e9\\ud83d\\ude00"}`, 5, null, "a\nbé😀"],
    [`{${PLACE},"ts":5,"payload":"\ufeffä\u0001"}`.replace("\u0001", "\\u0001"), 5, null, "ä\u0001"],
  ];
  for (const [envelope, timestampMs, key, value] of rows) {
    assert.deepEqual(decode(envelope + "\n"), [{ offset: 7, timestampMs, key, value }], envelope);
  }
  assert.equal(decode(rows.map(([envelope]) => envelope + "\n").join("")).length, rows.length);
});

Deno.test("KcatReader.decode() reads invalid UTF-8 as U+FFFD", () => {
  const line = encoder.encode(`{${PLACE},"ts":5,"payload":"${"?".repeat(200)}"}\n`);
  const broken = line.map((byte) => byte === 0x3f ? 0xff : byte);
  assert.equal(decode(broken)[0].value, "\ufffd".repeat(200));
});

Deno.test("KcatReader.decode() leaves out lines that were too long", () => {
  const text = `{${PLACE},"ts":1}\n${"x".repeat(100)}\n{${PLACE},"ts":2}\n`;
  assert.deepEqual(decode(text, 60).map(({ timestampMs }) => timestampMs), [1, 2]);
});

Deno.test("KcatReader.decode() names file and line of an invalid envelope", () => {
  const rows: [line: string, message: RegExp][] = [
    ["", /is not JSON/],
    ["{", /is not JSON/],
    ["[1]", /is no object/],
    ["null", /is no object/],
    ["7", /is no object/],
    ['{"payload":"a"}', /has no topic, partition and offset/],
    [`{${PLACE},"ts":"5"}`, /has a ts that is no number/],
    [`{${PLACE},"ts":5,"payload":{}}`, /has a payload that is no string/],
    [`{${PLACE},"ts":5,"key":7}`, /has a key that is no string/],
  ];
  for (const [line, message] of rows) {
    const text = `{${PLACE},"ts":1}\n${"x".repeat(200)}\n${line}\n`;
    assert.throws(() => decode(text, 100), (error: Error) => {
      assert.match(error.message, /^dump\.json:3: the line /);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("KcatReader.decode() keeps the bytes of binary keys, and the headers where they are asked for", () => {
  const encode = (text: string) => [...new TextEncoder().encode(text)];
  const line = Uint8Array.from([
    ...encode('{"topic":"t","partition":0,"offset":1,"ts":1,"headers":["a","x","b",null,"a","y"],"key":"'),
    ...[0xff, 0xfe, ...encode('\\u0000\\"\\u00e4\\ud83d\\ude00'), 0x80],
    ...encode('","payload":"p"}'),
  ]);
  const records = new Records();
  records.keepsHeaders = true;
  new KcatReader("f").decode(new LineSplitter(1_000).split(Uint8Array.of(...line, 10)), records);
  assert.equal(records.count, 1);
  const key = records.bytes.slice(records.keyStarts[0], records.keyEnds[0]);
  assert.deepEqual([...key], [0xff, 0xfe, 0, 0x22, 0xc3, 0xa4, 0xf0, 0x9f, 0x98, 0x80, 0x80]);
  const search = new HeaderSearch("a");
  assert.equal(search.find(records.bytes, records.headerStarts[0], records.headerEnds[0]), "found");
  assert.deepEqual([...records.bytes.slice(search.valueStart, search.valueEnd)], encode("y"));
  assert.equal(records.valueEnds[0] - records.valueStarts[0], 1);
});
