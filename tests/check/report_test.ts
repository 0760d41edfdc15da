import assert from "node:assert/strict";
import { fail, ok, warn } from "../../lib/check/finding.ts";
import { formatFinding, formatFindingsJson, formatSummary } from "../../lib/check/report.ts";

const FINDINGS = [
  ok("config", "f.yaml: fine"),
  warn("grafana", "not looked at"),
  fail("broker", "nothing listens at b:1", "start it"),
];

Deno.test("formatFinding() gives an aligned line, and the remedy below it", () => {
  const text = FINDINGS.map((finding) => formatFinding(finding, { colour: false })).join("");
  assert.equal(
    text,
    [
      "ok    config      f.yaml: fine",
      "warn  grafana     not looked at",
      "FAIL  broker      nothing listens at b:1",
      "                  -> start it",
      "",
    ].join("\n"),
  );
});

Deno.test("formatFinding() colours the status alone", () => {
  assert.equal(
    formatFinding(fail("broker", "gone", "start it"), { colour: true }),
    "\x1b[1;31mFAIL\x1b[0m  broker      gone\n                  -> start it\n",
  );
});

Deno.test("formatFinding() lets nothing from outside end a line or steer a terminal", () => {
  const hostile = fail("target", "down:\n\x1b[2Jok    target      up\u202e", "a\rb");
  assert.equal(
    formatFinding(hostile, { colour: false }),
    "FAIL  target      down:\\n\\x1b[2Jok    target      up\\u202e\n                  -> a\\rb\n",
  );
});

Deno.test("formatSummary() counts each status", () => {
  assert.equal(formatSummary(FINDINGS), "1 ok, 1 warn, 1 FAIL\n");
});

Deno.test("formatFindingsJson() is one JSON array", () => {
  assert.deepEqual(JSON.parse(formatFindingsJson(FINDINGS)), [
    { check: "config", status: "ok", message: "f.yaml: fine" },
    { check: "grafana", status: "warn", message: "not looked at" },
    { check: "broker", status: "FAIL", message: "nothing listens at b:1", remedy: "start it" },
  ]);
});
