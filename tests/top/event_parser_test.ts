import assert from "node:assert/strict";
import fc from "fast-check";
import { EventParser, type ServerEvent } from "../../lib/top/event_parser.ts";

function event(data: string, { id = "", type = "message" } = {}): ServerEvent {
  return { id, type, data };
}

const TABLE: readonly (readonly [name: string, stream: string, events: readonly ServerEvent[]])[] = [
  ["an event", "id: 7\nevent: window\ndata: {}\n\n", [event("{}", { id: "7", type: "window" })]],
  ["several lines of data", "data: a\ndata:b\ndata:  c\n\n", [event("a\nb\n c")]],
  ["comments and unknown fields", ":\n\n: x\nretry: 5\nfoo: bar\ndata: a\n\n", [event("a")]],
  ["an id that stays", "id: 1\ndata: a\n\ndata: b\n\n", [event("a", { id: "1" }), event("b", { id: "1" })]],
  ["a type that does not stay", "event: x\ndata: a\n\ndata: b\n\n", [event("a", { type: "x" }), event("b")]],
  ["an id with NUL is none", "id: 1\0\ndata: a\n\n", [event("a")]],
  ["an event without data is none", "id: 3\nevent: x\n\ndata\n\n", [event("", { id: "3" })]],
  ["an event without its end", "data: a\n", []],
  ["other line ends", "data: a\r\n\r\ndata: b\r\rdata: c\n\n", [event("a"), event("b"), event("c")]],
];

Deno.test("EventParser.push() reads a stream in pieces of any size", async (t) => {
  for (const [name, stream, events] of TABLE) {
    await t.step(name, () => {
      assert.deepEqual(new EventParser().push(stream), events);
      fc.assert(fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
        const parser = new EventParser();
        const ends = [...cuts, stream.length].sort((a, b) => a - b);
        const read = ends.flatMap((end, i) => parser.push(stream.slice(ends[i - 1] ?? 0, end)));
        assert.deepEqual(read, events);
      }));
    });
  }
});

Deno.test("EventParser.push() refuses an event without end", () => {
  const parser = new EventParser();
  const piece = `data: ${"x".repeat(1024 * 1024)}\n`;
  assert.throws(() => {
    for (let n = 0; n < 100; n++) parser.push(piece);
  }, RangeError);
  const another = new EventParser();
  another.push("data: ");
  assert.throws(() => {
    for (let n = 0; n < 100; n++) another.push("x".repeat(1024 * 1024));
  }, RangeError);
});

Deno.test("EventParser.push() drops a line without end that cannot become a field", () => {
  const parser = new EventParser();
  for (let n = 0; n < 100; n++) assert.deepEqual(parser.push("x".repeat(1024 * 1024)), []);
  assert.deepEqual(parser.push("\ndata: a\n\n"), [event("a")]);
});
