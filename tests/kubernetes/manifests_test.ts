// The manifests in deploy/kubernetes, against the types of Kubernetes' API and the program's own tables.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv/dist/ajv.js";
import { parse, parseAllDocuments } from "yaml";
import { parseConfig } from "../../lib/config/load.ts";
import { valuesSchema } from "../../tools/kubernetes/chart_files.ts";

const ROOT = new URL("../../", import.meta.url);
const DEPLOY = new URL("deploy/kubernetes/", ROOT);

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  // deno-lint-ignore no-explicit-any -- the types are checked below, by the compiler
  readonly [key: string]: any;
}

/** The module that has the type of each kind. */
const MODULES: Readonly<Record<string, string>> = {
  "v1": "kubernetes-models/v1",
  "apps/v1": "kubernetes-models/apps/v1",
  "networking.k8s.io/v1": "kubernetes-models/networking.k8s.io/v1",
  "policy/v1": "kubernetes-models/policy/v1",
  "monitoring.coreos.com/v1": "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1",
};

function readManifests(file: string): Manifest[] {
  const documents = parseAllDocuments(Deno.readTextFileSync(new URL(file, DEPLOY)));
  assert.ok(Array.isArray(documents));
  return documents.map((document) => document.toJS());
}

const core = readManifests("rtcount.yaml");
const monitoring = readManifests("monitoring.yaml");

function manifestOf(kind: string): Manifest {
  const found = [...core, ...monitoring].find((each) => each.kind === kind);
  assert.ok(found !== undefined, kind);
  return found;
}

/** A declaration of the manifest as a literal of its type. The compiler knows every field, and those that are required. */
function declarationOf({ apiVersion, kind, ...fields }: Manifest, i: number): string {
  return `import type { I${kind} as T${i} } from "${MODULES[apiVersion]}";
${i === 0 ? "// @ts-expect-error" : ""}
export const m${i}: T${i} = ${JSON.stringify({ apiVersion, kind, ...fields })};`;
}

Deno.test("the manifests have the fields that Kubernetes knows, and no others", async () => {
  const deployment = manifestOf("Deployment");
  const wrong = { ...deployment, spec: { ...deployment.spec, replica: 2 } };
  const file = await Deno.makeTempFile({ prefix: "rtcount-manifests-", suffix: ".ts" });
  await Deno.writeTextFile(file, [wrong, ...core, ...monitoring].map(declarationOf).join("\n"));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", `--config=${fileURLToPath(new URL("deno.json", ROOT))}`, file],
    env: { NO_COLOR: "1" },
  }).output();
  await Deno.remove(file);
  assert.ok(success, new TextDecoder().decode(stderr));
});

Deno.test("the manifests hold together: names, selectors, ports, configuration", () => {
  assert.deepEqual(core.map(({ kind }) => kind).sort(), [
    "ConfigMap",
    "Deployment",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "Service",
  ]);
  const { spec } = manifestOf("Deployment");
  const [container] = spec.template.spec.containers;
  const selector = spec.selector.matchLabels;
  for (const [label, value] of Object.entries(selector)) {
    assert.equal(spec.template.metadata.labels[label], value);
  }
  assert.deepEqual(manifestOf("Service").spec.selector, selector);
  for (const kind of ["PodDisruptionBudget", "ServiceMonitor"]) {
    assert.deepEqual(manifestOf(kind).spec.selector.matchLabels, selector, kind);
  }
  assert.deepEqual(manifestOf("NetworkPolicy").spec.podSelector.matchLabels, selector);
  const config = parseConfig(manifestOf("ConfigMap").data["rtcount.yaml"]);
  assert.equal(config.http.listen, `0.0.0.0:${container.ports[0].containerPort}`);
  assert.equal(spec.template.spec.volumes[0].configMap.name, manifestOf("ConfigMap").metadata.name);
  const paths = [container.startupProbe, container.livenessProbe, container.readinessProbe].map((probe) =>
    probe.httpGet.path
  );
  assert.deepEqual(paths, ["/healthz", "/healthz", "/readyz"]);
});

Deno.test("the pod has no rights that it does not need", () => {
  const { spec } = manifestOf("Deployment").spec.template;
  assert.equal(spec.automountServiceAccountToken, false);
  assert.equal(spec.securityContext.runAsNonRoot, true);
  assert.deepEqual(spec.containers[0].securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
});

Deno.test("the PrometheusRule has the rules of monitoring/rules", async () => {
  const rules = parse(await Deno.readTextFile(new URL("monitoring/rules/rtcount.yml", ROOT)));
  assert.deepEqual(manifestOf("PrometheusRule").spec, rules);
});

Deno.test("values.schema.json has no pattern that helm's regular expressions lack", () => {
  const patterns = [...valuesSchema().matchAll(/"pattern": "(.*)"/g)].map(([, pattern]) => pattern);
  assert.ok(patterns.length > 0);
  // Helm refuses the whole chart for one of them. RE2 knows neither lookaround nor references to groups.
  assert.deepEqual(patterns.filter((pattern) => /\(\?<?[=!]|\\[1-9k]/.test(pattern)), []);
});

Deno.test("values.schema.json accepts values.yaml, and refuses wrong values and wrong configurations", async () => {
  const validate = new Ajv({ strict: false, allErrors: true }).compile(JSON.parse(valuesSchema()));
  const values: Record<string, unknown> & { config: object } = parse(
    await Deno.readTextFile(new URL("chart/values.yaml", DEPLOY)),
  );
  assert.ok(validate(values), JSON.stringify(validate.errors));
  const wrong: [path: string, values: unknown][] = [
    ["/config", { ...values, config: { ...values.config, windw: {} } }],
    ["/config/top", { ...values, config: { ...values.config, top: 0 } }],
    ["/config/source", { ...values, config: { source: {} } }],
    ["/replicas", { ...values, replicas: -1 }],
    ["", { ...values, replica: 1 }],
  ];
  for (const [path, each] of wrong) {
    assert.equal(validate(each), false, path);
    assert.ok(
      validate.errors?.some(({ instancePath }) => instancePath === path),
      JSON.stringify(validate.errors),
    );
  }
});
