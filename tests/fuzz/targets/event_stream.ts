// The event stream of a daemon: its events do not depend on the pieces in which it comes, and a window is read in full
// or refused.

import assert from "node:assert/strict";
import { EventParser, type ServerEvent } from "../../../lib/top/event_parser.ts";
import { parseStatus, parseWindow } from "../../../lib/top/shown_window.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const WINDOW =
  '{"window_start":0,"window_end":2000,"records":3,"words":4,"distinct":2,"error":0,"top":[["a",3],["b",1]],"rising":[["a",3,0.5,2.33]],"new":[["b",1]]}';
const STATUS =
  '{"name":"j","ready":{"ready":false,"reason":"r"},"partitions":[{"lag":3},{}],"totals":{"late":{"a":1}}}';

export const eventStream: FuzzTarget = {
  name: "event-stream",
  seedCorpus: encodeAll([
    `: each window\nretry: 2000\n\nid: 7\nevent: window\ndata: ${WINDOW}\n\n`,
    `data: ${STATUS}\r\n\r\ndata: a\rdata:b\n\nid: 1\0\ndata\n\n`,
    "\ufeffdata: a\n\n",
  ]),
  dictionary: encodeAll([
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "data: ",
    "data",
    "event: window",
    "id: ",
    ":",
    " ",
    "\0",
    "null",
  ])
    .concat(encodeAll(['"lag":', '"top":[', "1e999", '{"__proto__":1}', "[[]]"])),
  // Each input is also read character by character.
  maxBytes: 128 * 1024,
  run(bytes) {
    // The parser itself removes the byte order mark.
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    const wanted = referenceEvents(text);
    for (const size of [1, 7, 4096, text.length + 1]) {
      const parser = new EventParser();
      const events: ServerEvent[] = [];
      for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)));
      assert.deepEqual(events.map(({ data }) => data), wanted);
    }
    for (const json of [...wanted, text]) readBoth(json);
  },
};

/** The data of each event. */
function referenceEvents(text: string): readonly string[] {
  const events: string[] = [];
  let data: string[] = [];
  // A line without an end does not count.
  for (const line of text.replace(/^(?:\ufeff|\xef\xbb\xbf)/, "").split(/\r\n|\n|\r/).slice(0, -1)) {
    const [, value] = /^data(?:: ?([^]*))?$/.exec(line) ?? [];
    if (/^data(:|$)/.test(line)) data.push(value ?? "");
    if (line !== "") continue;
    if (data.length > 0) events.push(data.join("\n"));
    data = [];
  }
  return events;
}

function readBoth(json: string): void {
  try {
    const { top, rising = [], newWords = [], ...numbers } = parseWindow(json);
    assert.ok(Object.values(numbers).every(Number.isFinite));
    assert.ok(
      [...top, ...newWords].every(([word, count]) => typeof word === "string" && typeof count === "number"),
    );
    for (const { word, ...numbers } of rising) {
      assert.ok(
        typeof word === "string" && Object.values(numbers).every((number) => typeof number === "number"),
      );
    }
  } catch (error) {
    assert.ok(error instanceof SyntaxError, String(error));
  }
  try {
    const { partitions, lag, late, skipped } = parseStatus(json);
    assert.ok(partitions >= 0 && [lag, late, skipped].every((number) => typeof number === "number"));
  } catch (error) {
    assert.ok(error instanceof SyntaxError, String(error));
  }
}
