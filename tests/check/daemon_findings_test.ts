import assert from "node:assert/strict";
import { judgeDaemon, judgeMovement } from "../../lib/check/daemon_findings.ts";
import type { DaemonFacts, ProgressSample } from "../../lib/check/daemon_facts.ts";
import type { HttpFailure, HttpOutcome } from "../../lib/http_client/http_client.ts";
import { parseConfig } from "../../lib/config/load.ts";
import { showConfig } from "../../lib/config/show.ts";

const URL = "http://127.0.0.1:8000";
const CONFIG = showConfig(parseConfig("source: {kafka: {brokers: ['b:1'], topics: [t]}}"));
const EXPECTED = { version: "1.0.0", config: CONFIG, slideMs: 2_000 };
const PROGRESS: ProgressSample = { atMs: 0, windowEndMs: 1_763_805_600_000, position: 10, lag: 0 };

function answer(status: number, body: unknown): HttpOutcome {
  return { kind: "answer", status, text: typeof body === "string" ? body : JSON.stringify(body) };
}

function failure(failure: HttpFailure, reason: string): HttpOutcome {
  return { kind: "failure", failure, reason };
}

function statusOf(more: object = {}): HttpOutcome {
  return answer(200, { version: "1.0.0", name: "rtcount", uptime_seconds: 90, config: CONFIG, ...more });
}

function facts(more: Partial<DaemonFacts> = {}): DaemonFacts {
  const later = { ...PROGRESS, atMs: 2_000, windowEndMs: 1_763_805_602_000, position: 12 };
  return {
    url: URL,
    health: answer(200, "ok"),
    ready: answer(200, "ok"),
    status: statusOf(),
    metrics: answer(200, ""),
    progress: { first: PROGRESS, last: later },
    ...more,
  };
}

function lines(seen: DaemonFacts): string[] {
  return judgeDaemon(seen, EXPECTED).map(({ check, status, message }) => `${status} ${check}: ${message}`);
}

Deno.test("judgeDaemon() finds nothing wrong with a daemon that works", () => {
  const findings = judgeDaemon(facts(), EXPECTED);
  assert.deepEqual(findings.map(({ check, status }) => `${status} ${check}`), [
    "ok daemon",
    "ok ready",
    "ok windows",
  ]);
  assert.equal(findings[0].message, `"rtcount" at ${URL}, rtcount 1.0.0, up for 90 s`);
});

Deno.test("judgeDaemon() names the records that are skipped, and the remedy for most of them", () => {
  const totals = { records: 1_000, skipped_records: { future: 900, no_timestamp: 2, corrupt: 0 } };
  const found = judgeDaemon(facts({ status: statusOf({ totals }) }), EXPECTED)
    .find(({ check }) => check === "skipped");
  assert.equal(found?.status, "warn");
  assert.equal(
    found?.message,
    "since its start the daemon has skipped records: 900 as future, 2 as no_timestamp; it has read 1000",
  );
  assert.match(JSON.stringify(found), /clocks of this machine and of the producers/);
  const few = { records: 1_000, skipped_records: { before_start: 9 } };
  assert.match(
    lines(facts({ status: statusOf({ totals: few }) })).join("\n"),
    /ok skipped: .* 9 as before_start/,
  );
});

Deno.test("judgeDaemon() warns where /readyz answers 200 with a note", () => {
  const ready = answer(200, "ok, but 7 records were skipped as future");
  const [, finding] = lines(facts({ ready }));
  assert.equal(finding, "warn ready: /readyz answers 200: ok, but 7 records were skipped as future");
});

Deno.test("judgeDaemon() tells a daemon that is down from one that hangs and from another server", () => {
  const rows: [Partial<DaemonFacts>, string][] = [
    [
      { health: failure("refused", "connection refused") },
      `FAIL daemon: the daemon is not running, or listens elsewhere: connection refused at ${URL}`,
    ],
    [
      { health: failure("silent", "no answer within 3 s") },
      `FAIL daemon: the daemon hangs (stalled, or stopped by a signal): no answer within 3 s from ${URL}`,
    ],
    [
      { health: failure("broken", "the connection was reset") },
      `FAIL daemon: the daemon does not answer at ${URL}: the connection was reset`,
    ],
    [{ health: answer(401, "") }, `FAIL daemon: ${URL} requires a login (401)`],
    [
      { health: answer(404, ""), status: answer(404, "<html>") },
      `FAIL daemon: the server at ${URL} is not rtcount: status 404 at /api/v1/status`,
    ],
  ];
  for (const [more, expected] of rows) assert.deepEqual(lines(facts(more)), [expected]);
});

Deno.test("judgeDaemon() reports the reason why the daemon is not healthy, or not ready", () => {
  const health = answer(503, { error: "nothing has been processed for 20 s" });
  assert.ok(
    lines(facts({ health })).includes(
      "FAIL health: /healthz answers 503: nothing has been processed for 20 s",
    ),
  );
  const ready = answer(503, { error: "reading back 700 records" });
  assert.ok(
    lines(facts({ ready })).includes(
      "warn ready: /readyz answers 503: reading back 700 records; it makes progress",
    ),
  );
  const standing = { first: PROGRESS, last: { ...PROGRESS, atMs: 5_000 } };
  assert.deepEqual(lines(facts({ ready, progress: standing })).slice(1), [
    "FAIL ready: /readyz answers 503: reading back 700 records",
  ]);
});

Deno.test("judgeDaemon() compares the daemon with the version and the configuration", () => {
  const [source] = [{ kafka: { group: "another" } }];
  const other = JSON.parse(JSON.stringify(CONFIG));
  other.top = 7;
  other.http.listen = "127.0.0.1:1";
  other.log.level = "debug";
  const rows: [HttpOutcome, string][] = [
    [
      statusOf({ version: "0.9.0" }),
      `warn daemon: "rtcount" at ${URL} is rtcount 0.9.0, but this checker is 1.0.0`,
    ],
    [
      statusOf({ name: "demo" }),
      'FAIL applied: the daemon there is "demo", but the configuration is for "rtcount"',
    ],
    [
      statusOf({ config: { source } }),
      'FAIL applied: the daemon reads for the group "another", but the configuration says "rtcount"',
    ],
    [
      statusOf({ config: other }),
      "warn applied: the daemon runs with values that differ from the configuration: top",
    ],
  ];
  for (const [status, expected] of rows) assert.ok(lines(facts({ status })).includes(expected), expected);
});

Deno.test("judgeDaemon() judges a daemon without a configuration", () => {
  const findings = judgeDaemon(facts(), undefined);
  assert.deepEqual(findings.map(({ check }) => check), ["daemon", "ready"]);
});

Deno.test("judgeMovement() tells a stall from a quiet stream, and both from work", () => {
  const first = { ...PROGRESS, lag: 500 };
  const rows: [last: Partial<ProgressSample>, lag: number, status: string, message: RegExp][] = [
    [{ windowEndMs: 1, position: 20 }, 0, "ok", /^windows close and records are read within 3\.0 s/],
    [{ position: 20, lag: 400 }, 500, "ok", /no window closed \(it is catching up/],
    [
      { lag: 500 },
      500,
      "FAIL",
      /^the daemon has stalled: 500 records wait, and it read none within 3\.0 s/,
    ],
    [{ windowEndMs: 1, lag: 0 }, 0, "warn", /quiet: no record came within 3\.0 s, windows close without/],
    [{ lag: 0 }, 0, "warn", /quiet: .*no window closed/],
    // The lag of the first sample has been read since.
    [{ lag: 0 }, 500, "warn", /quiet/],
  ];
  for (const [last, lag, status, message] of rows) {
    const begin = { ...first, lag };
    const finding = judgeMovement({ first: begin, last: { ...begin, atMs: 3_000, ...last } }, 2_000);
    assert.equal(finding.status, status, finding.message);
    assert.match(finding.message, message);
  }
});

Deno.test("judgeMovement() expects no window that takes longer than the samples", () => {
  const last = { ...PROGRESS, atMs: 10_000, position: 20 };
  const { status, message } = judgeMovement({ first: PROGRESS, last }, 60_000);
  assert.equal(status, "ok");
  assert.match(message, /a window takes longer/);
});
