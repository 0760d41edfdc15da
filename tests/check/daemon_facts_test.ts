import assert from "node:assert/strict";
import { readTruth } from "../../lib/check/daemon_facts.ts";
import { parseHttpAddress } from "../../lib/http_client/http_address.ts";

Deno.test("readTruth() reads the daemon's answers, and is undefined without them", () => {
  const address = parseHttpAddress("http://[::1]:8000") ?? assert.fail();
  const expected = { address, name: undefined, slideMs: 2_000 };
  const metrics = "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds 1763800000.25\n";
  const answer = (text: string) => ({ kind: "answer", status: 200, text }) as const;
  const status = JSON.stringify({ name: "demo", uptime_seconds: 2.5, window_end: 7 });
  const facts = { url: "", health: answer(""), status: answer(status), metrics: answer(metrics) };
  const known = { name: "demo", uptimeMs: 2_500, windowEndMs: 7, processStartSeconds: 1763800000.25 };
  const place = { host: "::1", port: 8000, address: "[::1]:8000", slideMs: 2_000 };
  assert.deepEqual(readTruth(facts, expected), { ...place, ...known });
  assert.equal(readTruth(facts, { ...expected, name: "counters" }).name, "counters");
  const unknown = {
    name: undefined,
    uptimeMs: undefined,
    windowEndMs: undefined,
    processStartSeconds: undefined,
  };
  assert.deepEqual(readTruth({ ...facts, status: answer("<html>"), metrics: answer("") }, expected), {
    ...place,
    ...unknown,
  });
  assert.deepEqual(readTruth(undefined, expected), { ...place, ...unknown });
});
