// Tests of encodeReport and decodePart.

import assert from "node:assert/strict";
import fc from "fast-check";
import { decodePart, type ReportPart } from "../../lib/merge/report_decoder.ts";
import { encodeReport } from "../../lib/merge/report_encoder.ts";
import { MAX_PART_BYTES } from "../../lib/merge/report_format.ts";
import type { ReportHead } from "../../lib/merge/report.ts";
import {
  anyHead,
  anyPanes,
  FINGERPRINT,
  headOf,
  packPanes,
  type PlainPane,
  unpackSections,
} from "./reports.ts";

function encode(head: ReportHead, plain: readonly PlainPane[], maxPartBytes?: number): Uint8Array[] {
  const { words, panes } = packPanes(plain);
  return encodeReport(head, panes, {
    words,
    fingerprint: FINGERPRINT,
    ...(maxPartBytes === undefined ? {} : { maxPartBytes }),
  }).map(({ value }) => value);
}

function decode(value: Uint8Array): ReportPart {
  const part = decodePart(value, FINGERPRINT);
  assert.ok(part !== "foreign");
  return part;
}

Deno.test("decodePart() of encodeReport() is the report, for any size of a part", () => {
  fc.assert(
    fc.property(anyHead, anyPanes, fc.integer({ min: 1, max: 2_000 }), (head, panes, maxPartBytes) => {
      const parts = encode(head, panes, maxPartBytes).map(decode);
      parts.forEach(({ id, index, isLast, head }, i) => {
        assert.deepEqual([index, isLast, head !== undefined], [i, i === parts.length - 1, i === 0]);
        assert.deepEqual(id, {
          epoch: parts[0].id.epoch,
          member: parts[0].id.member,
          number: parts[0].id.number,
        });
      });
      assert.deepEqual(parts[0].head, head);
      assert.deepEqual(unpackSections(parts.flatMap(({ sections }) => sections)), panes);
    }),
  );
});

Deno.test("encodeReport() makes no part larger than allowed, unless a head or a word is", () => {
  fc.assert(fc.property(anyPanes, fc.integer({ min: 600, max: 2_000 }), (panes, maxPartBytes) => {
    for (const part of encode(headOf(), panes, maxPartBytes)) assert.ok(part.length <= maxPartBytes);
  }));
});

Deno.test("encodeReport() fills the parts of a large pane", () => {
  const counts = Array.from({ length: 200_000 }, (_, i): [string, number] => [`word ${i}`, 1 + i % 300]);
  const words = counts.reduce((sum, [, count]) => sum + count, 0);
  const panes = [{ startMs: 0, records: 7, words, error: 0, counts }];
  const parts = encode(headOf(), panes);
  assert.ok(parts.length > 3);
  for (const part of parts) assert.ok(part.length <= MAX_PART_BYTES);
  for (const part of parts.slice(0, -1)) assert.ok(part.length > MAX_PART_BYTES - 100);
  const [pane] = unpackSections(parts.map(decode).flatMap(({ sections }) => sections));
  assert.equal(pane.counts.length, counts.length);
});

Deno.test("encodeReport() of a marker is one part without counts", () => {
  const head = headOf({ isMarker: true, list: [{ topic: "a", partition: 3 }] });
  const [part, ...others] = encode(head, []).map(decode);
  assert.deepEqual([part.head, part.isLast, part.sections, others], [head, true, [], []]);
});

Deno.test("encodeReport() writes sums beyond 2^53 as the largest exact one", () => {
  const pane = { startMs: 0, records: 1, words: 2 ** 60, error: 0, counts: [["a", 2 ** 59]] as const };
  const [{ sections: [{ words, counts }] }] = encode(headOf(), [pane]).map(decode);
  assert.deepEqual([words, ...counts], [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);
});

Deno.test("decodePart() takes only parts of its own fingerprint, name and version", () => {
  const [value] = encode(headOf(), []);
  assert.equal(decodePart(value, new TextEncoder().encode("something other.")), "foreign");
  for (const index of [0, 4]) {
    const other = value.slice();
    other[index]++;
    assert.equal(decodePart(other, FINGERPRINT), "foreign");
  }
  assert.equal(decodePart(null, FINGERPRINT), "foreign");
  assert.equal(decodePart(new Uint8Array(0), FINGERPRINT), "foreign");
});

Deno.test("decodePart() takes no part that is cut or longer", () => {
  fc.assert(fc.property(anyHead, anyPanes, fc.nat(), (head, panes, cut) => {
    const [value] = encode(head, panes);
    assert.equal(decodePart(value.subarray(0, cut % value.length), FINGERPRINT), "foreign");
    assert.equal(decodePart(Uint8Array.of(...value, cut % 256), FINGERPRINT), "foreign");
  }));
});

Deno.test("decodePart() takes no counts outside the pane's error and sum", () => {
  const pane = { startMs: 0, records: 1, words: 9, error: 2, counts: [["a", 5]] as const };
  for (const [change, isForeign] of [[{}, false], [{ error: 6 }, true], [{ words: 4 }, true]] as const) {
    const [value] = encode(headOf(), [{ ...pane, ...change }]);
    assert.equal(decodePart(value, FINGERPRINT) === "foreign", isForeign);
  }
});

Deno.test("decodePart() takes no head with a cut before the bound or a strange time", () => {
  const rows: [Partial<ReportHead>, boolean][] = [
    [{ boundMs: 2000, cutMs: 2000 }, false],
    [{ boundMs: 2000, cutMs: 0 }, true],
    [{ firstEndMs: NaN }, true],
    [{ servedUntilMs: Infinity }, true],
    [{ servedUntilMs: 0.5 }, true],
    [{ epoch: 0 }, true],
    [{ number: 0 }, true],
    [{ member: "m".repeat(65) }, true],
  ];
  for (const [head, isForeign] of rows) {
    const [value] = encode(headOf(head), []);
    assert.equal(decodePart(value, FINGERPRINT) === "foreign", isForeign, JSON.stringify(head));
  }
});
