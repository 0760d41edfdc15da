// The chart, as helm reads it. HELM names that program; no package of Debian has it, so only a release runs this.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { run } from "../../tools/package/run.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CHART = "deploy/kubernetes/chart";
const HELM = Deno.env.get("HELM");

async function render(...settings: readonly string[]): Promise<unknown[]> {
  const set = settings.map((setting) => `--set=${setting}`);
  return documentsOf(
    await run([HELM!, "template", "rtcount", CHART, "--kube-version=1.31.0", ...set], { cwd: ROOT }),
  );
}

function documentsOf(text: string): unknown[] {
  const documents = parseAllDocuments(text);
  assert.ok(Array.isArray(documents));
  return documents.map((document) => document.toJS());
}

async function documentsOfFile(file: string): Promise<unknown[]> {
  return documentsOf(await Deno.readTextFile(new URL(`../../deploy/kubernetes/${file}`, import.meta.url)));
}

if (HELM !== undefined) {
  Deno.test("helm lint has no complaint about the chart", async () => {
    await run([HELM, "lint", "--strict", CHART], { cwd: ROOT });
  });

  Deno.test("deploy/kubernetes/rtcount.yaml is what the chart makes: else run deno task kubernetes", async () => {
    assert.deepEqual(await render(), await documentsOfFile("rtcount.yaml"));
  });

  Deno.test("the chart's ServiceMonitor and PrometheusRule are those of deploy/kubernetes/monitoring.yaml", async () => {
    const all = await render("serviceMonitor.enabled=true", "prometheusRule.enabled=true");
    const plain = await documentsOfFile("monitoring.yaml");
    for (const each of plain) assert.ok(all.some((one) => JSON.stringify(one) === JSON.stringify(each)));
  });

  Deno.test("the chart asks rtcount itself for its health where HTTP needs a password", async () => {
    const rendered = JSON.stringify(
      await render(
        "config.http.basic_auth.username=u",
        "config.http.basic_auth.password_file=/run/secrets/rtcount/p",
      ),
    );
    assert.ok(rendered.includes('"livenessProbe":{"exec":{"command":["/usr/bin/rtcount","health"]}'));
    assert.ok(!rendered.includes("readinessProbe"));
  });

  Deno.test("helm refuses a wrong configuration by the schema of the program", async () => {
    await assert.rejects(render("config.windw.length=5s"), /additional properties 'windw' not allowed/);
  });
}
