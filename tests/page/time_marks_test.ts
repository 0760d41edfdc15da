import assert from "node:assert/strict";
import { timeMarks } from "../../lib/page/time_marks.ts";

Deno.test("timeMarks() are as short as tells them apart", () => {
  const noon = new Date(2026, 10, 22, 12).getTime() / 1000;
  const midnight = new Date(2026, 10, 22).getTime() / 1000;
  assert.deepEqual(timeMarks([noon, noon + 30]), ["12:00:00", "12:00:30"]);
  assert.deepEqual(timeMarks([noon, noon + 60]), ["12:00", "12:01"]);
  assert.deepEqual(timeMarks([midnight, midnight + 2 * 86_400]), ["22 Nov", "24 Nov"]);
  assert.deepEqual(timeMarks([noon]), ["12:00"]);
  assert.deepEqual(timeMarks([]), []);
});
