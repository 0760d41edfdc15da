import assert from "node:assert/strict";
import { prefersOpenMetrics } from "../../lib/http/accept.ts";

Deno.test("prefersOpenMetrics() of an Accept header", async (t) => {
  const text = false;
  const open = true;
  const table: readonly (readonly [accept: string | null, isPreferred: boolean])[] = [
    [null, text],
    ["", text],
    ["*/*", text],
    ["text/html,application/xhtml+xml,*/*;q=0.8", text],
    ["application/*", text],
    ["image/png", text],
    ["text/plain", text],
    ["application/openmetrics-text", open],
    ["Application/OpenMetrics-Text; Version=1.0.0", open],
    ['application/openmetrics-text; version="1.0.0"; charset=utf-8', open],
    ["application/openmetrics-text;version=0.0.1", text],
    ["application/openmetrics-text;q=0", text],
    ["application/openmetrics-text;q=0,*/*;q=0", text],
    ["application/openmetrics-text;q=0.5,text/plain;q=0.6", text],
    ["application/openmetrics-text;q=0.6,text/plain;q=0.5", open],
    ["text/plain;version=0.0.4;q=0.3,application/openmetrics-text;version=1.0.0;q=0.6,*/*;q=0.2", open],
    ["application/openmetrics-text;q=0.2,*/*;q=0.8", text],
    ["application/openmetrics-text;q=7", text],
    ["application/openmetrics-text;q=", text],
    [";;,,/;q=1,application/openmetrics-text", open],
    // The headers of Prometheus 2 and 3.
    [
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75," +
      "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
      open,
    ],
    [
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;" +
      "version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
      open,
    ],
  ];
  for (const [accept, isPreferred] of table) {
    await t.step(`${accept}`, () => assert.equal(prefersOpenMetrics(accept), isPreferred));
  }
});
