import assert from "node:assert/strict";
import { functionsOf, metricsOf, operandsOf } from "./promql.ts";

const OPERANDS: readonly (readonly [expr: string, operands: readonly string[]])[] = [
  ["a", ["a"]],
  ["up == 0", ["up", "0"]],
  ["sum(a) / sum(b) > 0.01", ["sum(a) / sum(b)", "0.01"]],
  ["a > 1 and on (job) b <= c", ["a", "1", "b", "c"]],
  ["(a or b) unless ignoring (x) increase(c[5m]) > 0", ["a", "b", "increase(c[5m])", "0"]],
  ["a > 0 unless a offset 15m", ["a", "0", "a"]],
  ['absent(up{job="x"})', ['up{job="x"}']],
  ["-a != 1", ["-a", "1"]],
];

Deno.test("operandsOf() returns the sides of comparisons and set operators", () => {
  for (const [expr, operands] of OPERANDS) assert.deepEqual(operandsOf(expr), operands, expr);
});

Deno.test("operandsOf() refuses text that is not PromQL", () => {
  for (const expr of ["", "a >", "rate(a[5m]", "a b"]) {
    assert.throws(() => operandsOf(expr), SyntaxError, expr);
  }
});

Deno.test("metricsOf() and functionsOf() return the names in an expression", () => {
  const expr = 'topk(3, sum by (x) (rate(a:b{c="d"}[5m]))) / on () time()';
  assert.deepEqual(metricsOf(expr), ["a:b"]);
  assert.deepEqual(functionsOf(expr).sort(), ["rate", "sum", "time", "topk"]);
});
