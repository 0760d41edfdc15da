import assert from "node:assert/strict";
import fc from "fast-check";
import { OwnParts } from "../../lib/merge/own_parts.ts";
import { type EncodedPart, encodeReport } from "../../lib/merge/report_encoder.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { anyHead, anyPanes, FINGERPRINT, headOf, packPanes, type PlainPane } from "./reports.ts";

const PANE: PlainPane = {
  startMs: 2000,
  records: 2,
  words: 7,
  error: 0,
  counts: [["a", 3], ["bb", 1], ["a word beyond twelve bytes", 3]],
};

/** Counts of a part by words, in its order. `words` is the table of the ids. */
function contentOf(parts: OwnParts, value: Uint8Array, words: WordTable): unknown {
  const part = parts.decode(value, FINGERPRINT);
  if (part === "foreign") return part;
  const sections = part.sections.map((section) => {
    const { ids, counts, ...numbers } = parts.find(section);
    return { ...numbers, counts: Array.from(ids, (id, i) => [words.text(id), counts[i]]) };
  });
  return { ...part, sections };
}

function isOwn(parts: OwnParts, value: Uint8Array): boolean {
  const part = parts.decode(value, FINGERPRINT);
  assert.ok(part !== "foreign");
  return part.sections.some((section) => "sentIds" in section);
}

function send(
  { words = new WordTable(), number = 1, pane = PANE }: {
    readonly words?: WordTable;
    readonly number?: number;
    readonly pane?: PlainPane;
  } = {},
): { readonly words: WordTable; readonly parts: EncodedPart[] } {
  const { panes } = packPanes([pane], words);
  return { words, parts: encodeReport(headOf({ number }), panes, { words, fingerprint: FINGERPRINT }) };
}

Deno.test("OwnParts has the same content as a decoder, whatever words either table has released", () => {
  const reports = fc.array(
    fc.record({ head: anyHead, panes: anyPanes, isLate: fc.boolean(), released: fc.array(fc.nat(30)) }),
    { maxLength: 6 },
  );
  fc.assert(fc.property(reports, fc.constantFrom(300, 100_000), (all, maxPartBytes) => {
    const sent = new WordTable();
    const [ownWords, otherWords] = [new WordTable(), new WordTable()];
    const [own, other] = [new OwnParts(ownWords), new OwnParts(otherWords)];
    const waiting: Uint8Array[] = [];
    const read = () => {
      for (const value of waiting.splice(0)) {
        assert.deepEqual(contentOf(own, value, ownWords), contentOf(other, value, otherWords));
      }
    };
    for (const { head, panes, isLate, released } of all) {
      const packed = packPanes(panes, sent);
      const parts = encodeReport(head, packed.panes, { words: sent, fingerprint: FINGERPRINT, maxPartBytes });
      own.keep(parts, sent);
      waiting.push(...parts.map(({ value }) => value));
      if (!isLate) read();
      for (const table of [sent, ownWords, otherWords]) {
        for (const id of released) if (table.serial(id) >= 0) table.release(id);
      }
      if (isLate) read();
    }
    assert.equal(own.keptBytes, 0);
  }));
});

Deno.test("OwnParts gives new words the ids that a decoder gives them", () => {
  const [ownWords, otherWords] = [new WordTable(), new WordTable()];
  const [own, other] = [new OwnParts(ownWords), new OwnParts(otherWords)];
  const { words, parts: [part] } = send();
  const { value } = part;
  own.keep([part], words);
  assert.deepEqual(contentOf(own, value, ownWords), contentOf(other, value, otherWords));
  for (let id = 0; id < otherWords.idLimit; id++) assert.equal(ownWords.text(id), otherWords.text(id));
});

Deno.test("OwnParts.decode() knows a part by all of its bytes, once", () => {
  const parts = new OwnParts(new WordTable());
  const { words, parts: sent } = send();
  parts.keep(sent, words);
  const [{ value }] = sent;
  // The last byte is that of a word.
  const other = value.slice();
  other[other.length - 1]++;
  assert.equal(isOwn(parts, other), false);
  assert.equal(isOwn(parts, value.slice()), true);
  assert.equal(isOwn(parts, value.slice()), false);
});

Deno.test("OwnParts.decode() decodes a part whose words have been released, although other words have their ids", () => {
  const groupWords = new WordTable();
  const parts = new OwnParts(groupWords);
  const { words, parts: sent } = send();
  parts.keep(sent, words);
  for (let id = words.idLimit - 1; id >= 0; id--) words.release(id);
  send({ words, pane: { ...PANE, counts: [["x", 3], ["y", 1], ["z", 3]] } });
  const content = contentOf(parts, sent[0].value, groupWords);
  assert.deepEqual(content, contentOf(new OwnParts(groupWords), sent[0].value, groupWords));
});

Deno.test("OwnParts keeps no more than its bytes, and forgets parts that others have overtaken", () => {
  const { words, parts: first } = send({ number: 1 });
  const second = send({ words, number: 2 }).parts;
  const third = send({ words, number: 3 }).parts;
  const one = new OwnParts(new WordTable());
  one.keep(first, words);
  const parts = new OwnParts(new WordTable(), { maxBytes: 2.5 * one.keptBytes });
  for (const report of [first, second, third]) parts.keep(report, words);
  assert.equal(parts.keptBytes, 2 * one.keptBytes);
  assert.equal(isOwn(parts, second[0].value), true);
  assert.equal(parts.keptBytes, 0);
  assert.equal(isOwn(parts, third[0].value), false);
  assert.equal(isOwn(parts, first[0].value), false);
});

Deno.test("OwnParts keeps no part that a decoder takes otherwise: sums beyond 2^53", () => {
  const parts = new OwnParts(new WordTable());
  const pane = { ...PANE, words: 2 ** 60, counts: [["a", 2 ** 60]] as const };
  const { words, parts: sent } = send({ pane });
  parts.keep(sent, words);
  assert.equal(parts.keptBytes, 0);
});

Deno.test("OwnParts.find() looks a word up again that the group's table has released, although another word has its id", () => {
  const groupWords = new WordTable();
  const parts = new OwnParts(groupWords);
  const words = new WordTable();
  for (const number of [1, 2]) {
    const sent = send({ words, number }).parts;
    parts.keep(sent, words);
    assert.equal(groupWords.size, number === 1 ? 0 : 3);
    const content = contentOf(parts, sent[0].value, groupWords);
    assert.deepEqual(content, contentOf(new OwnParts(groupWords), sent[0].value, groupWords));
    for (let id = groupWords.idLimit - 1; id >= 0; id--) groupWords.release(id);
    packPanes([{ ...PANE, counts: [["x", 3], ["y", 1], ["z", 3]] }], groupWords);
  }
});

Deno.test("OwnParts has room again after a report that the log has lost", () => {
  const { words, parts: lost } = send();
  const one = new OwnParts(new WordTable());
  one.keep(lost, words);
  const parts = new OwnParts(new WordTable(), { maxBytes: 1.5 * one.keptBytes });
  parts.keep(lost, words);
  let own = 0;
  for (let number = 2; number < 12; number++) {
    const { parts: sent } = send({ words, number });
    parts.keep(sent, words);
    if (isOwn(parts, sent[0].value)) own++;
  }
  assert.equal(own, 9, "all but the one that found no room");
  assert.equal(parts.keptBytes, 0);
});
