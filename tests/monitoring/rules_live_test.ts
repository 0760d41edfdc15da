import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { missingPrograms } from "../machine/machine.ts";
import { runPromtool } from "../machine/promtool.ts";
import { functionsOf, metricsOf, textsOf } from "./promql.ts";
import { MONITORING, readPrometheusConfig, readRules } from "./shipped_files.ts";
import { knownMetrics } from "./known_metrics.ts";

/** Functions that Prometheus 2.0 has, which the Spark lab installs (docs/spark-lab.md). */
const FUNCTIONS = new Set(["absent", "changes", "increase", "min", "predict_linear", "rate", "sum", "time"]);
/** Syntax that is newer. */
const NEWER_SYNTAX = ["StepInvariantExpr", "SubqueryExpr", "AtModifierPreprocessors"];
/** Series that Prometheus itself makes. */
const OF_PROMETHEUS = ["up"];

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, MONITORING));
}

for (
  const args of [
    ["check", "config", pathOf("prometheus.yml")],
    ["check", "rules", pathOf("rules/rtcount.yml")],
    ["test", "rules", pathOf("rules_test.yml")],
  ]
) {
  Deno.test({
    name: `promtool ${args.slice(0, 2).join(" ")} succeeds`,
    ignore: missingPrograms("promtool").length > 0,
    async fn() {
      const { success, lines } = await runPromtool(args);
      assert.ok(success, lines.join("\n"));
    },
  });
}

Deno.test("every alert has a test in which it fires, and every tested alert exists", async () => {
  const text = await Deno.readTextFile(pathOf("rules_test.yml"));
  const fired = new Set([...text.matchAll(/ALERTS\{alertname="(\w+)",/g)].map(([, name]) => name));
  const alerts = (await readRules()).flatMap(({ alert }) => alert ?? []);
  assert.deepEqual([...fired].sort(), alerts.sort());
});

Deno.test("every alert has a severity, a summary, a description with a value or a time, a remedy, and a link", async () => {
  for (const { alert, labels, annotations = {} } of await readRules()) {
    if (alert === undefined) continue;
    assert.match(labels?.severity ?? "", /^(critical|warning|info)$/, alert);
    assert.deepEqual(Object.keys(annotations), ["summary", "description", "remedy", "runbook_url"], alert);
    assert.match(annotations.summary, /\{\{ \$labels\.instance \}\}|Prometheus scrapes no rtcount/, alert);
    assert.match(annotations.description, /\{\{ \$value|minute|job="rtcount"|last reload/, alert);
  }
});

Deno.test("the rules use existing metrics, and the syntax and functions of Prometheus 2.0", async () => {
  const rules = await readRules();
  const known = new Set([
    ...await knownMetrics(),
    ...OF_PROMETHEUS,
    ...rules.map(({ record }) => record ?? ""),
  ]);
  for (const { expr } of rules) {
    for (const metric of metricsOf(expr)) assert.ok(known.has(metric), metric);
    for (const name of functionsOf(expr)) assert.ok(FUNCTIONS.has(name), name);
    for (const kind of NEWER_SYNTAX) assert.deepEqual(textsOf(expr, kind), [], expr);
  }
});

Deno.test("an alert uses every recorded series", async () => {
  const rules = await readRules();
  const asked = new Set(rules.flatMap(({ alert, expr }) => alert === undefined ? [] : metricsOf(expr)));
  for (const { record } of rules) assert.ok(record === undefined || asked.has(record), record);
});

Deno.test("prometheus.yml has the jobs of the Spark lab, and scrapes rtcount at /", async () => {
  const { scrape_configs, rule_files } = await readPrometheusConfig();
  const jobs = scrape_configs.map(({ job_name, static_configs }) => [job_name, static_configs[0].targets]);
  assert.deepEqual(jobs, [
    ["prometheus", ["localhost:9090"]],
    ["rtcount", ["localhost:8000"]],
    ["node_exporter", ["localhost:9100"]],
  ]);
  assert.equal(scrape_configs[1].metrics_path, "/");
  assert.deepEqual(rule_files, ["rules/*.yml"]);
});
