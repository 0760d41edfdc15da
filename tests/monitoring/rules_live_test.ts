import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { missingPrograms } from "../machine/machine.ts";
import { runPromtool } from "../machine/promtool.ts";
import { functionsOf, metricsOf, textsOf } from "./promql.ts";
import { MONITORING, readPrometheusConfig, readRules } from "./shipped_files.ts";
import { knownMetrics } from "./known_metrics.ts";

/** What rules may call: all were there in Prometheus 2.0, which the recipe installs. */
const FUNCTIONS = new Set(["absent", "changes", "increase", "predict_linear", "rate", "sum", "time"]);
/** Later parts of the language. */
const NEWER_SYNTAX = ["StepInvariantExpr", "SubqueryExpr", "AtModifierPreprocessors"];
/** Of Prometheus itself. */
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
    name: `promtool ${args.slice(0, 2).join(" ")} is content`,
    ignore: missingPrograms("promtool").length > 0,
    async fn() {
      const { success, lines } = await runPromtool(args);
      assert.ok(success, lines.join("\n"));
    },
  });
}

Deno.test("every alert has tests in which it fires and none that is unknown", async () => {
  const text = await Deno.readTextFile(pathOf("rules_test.yml"));
  const fired = new Set([...text.matchAll(/ALERTS\{alertname="(\w+)",/g)].map(([, name]) => name));
  const alerts = (await readRules()).flatMap(({ alert }) => alert ?? []);
  assert.deepEqual([...fired].sort(), alerts.sort());
});

Deno.test("every alert says how grave it is, what is wrong, with a value or a time, and what to do", async () => {
  for (const { alert, labels, annotations = {} } of await readRules()) {
    if (alert === undefined) continue;
    assert.match(labels?.severity ?? "", /^(critical|warning)$/, alert);
    assert.deepEqual(Object.keys(annotations), ["summary", "description", "remedy"], alert);
    assert.match(annotations.summary, /\{\{ \$labels\.instance \}\}|Prometheus scrapes no rtcount/, alert);
    assert.match(annotations.description, /\{\{ \$value|minute|job="rtcount"|last reload/, alert);
  }
});

Deno.test("the rules ask for metrics that there are, and need nothing newer than Prometheus 2.0", async () => {
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

Deno.test("every recorded series is asked for by an alert", async () => {
  const rules = await readRules();
  const asked = new Set(rules.flatMap(({ alert, expr }) => alert === undefined ? [] : metricsOf(expr)));
  for (const { record } of rules) assert.ok(record === undefined || asked.has(record), record);
});

Deno.test("prometheus.yml has the recipe's jobs, and the application at /", async () => {
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
