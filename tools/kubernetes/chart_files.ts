// The files in deploy/kubernetes that are made from the program's own tables: the version of the chart, the schema of its
// values, the rules.

import { configJsonSchema } from "../../lib/config/json_schema.ts";
import { version } from "../../lib/version.ts";

const RULES = new URL("../../monitoring/rules/rtcount.yml", import.meta.url);

const TEXT = { type: "string" } as const;
const ENABLED = { type: "boolean" } as const;
/** Kubernetes itself checks it. */
const OF_KUBERNETES = { type: "object" } as const;
const LIST_OF_KUBERNETES = { type: "array", items: OF_KUBERNETES } as const;
const PORT = { type: "integer", minimum: 1, maximum: 65_535 } as const;

export function chartDescription(): string {
  return `# Made by \`deno task docs\`.
apiVersion: v2
name: rtcount
description: Exact word counts of Kafka topics over a sliding window
type: application
version: ${version}
appVersion: ${version}
kubeVersion: ">=1.25.0-0"
`;
}

/** The alerts and recordings of monitoring/rules, for the chart's PrometheusRule. */
export function chartRules(): string {
  return Deno.readTextFileSync(RULES);
}

/** The manifests for the Prometheus Operator, beside the plain ones of rtcount.yaml. */
export function monitoringManifests(): string {
  const metadata = `metadata:
  name: rtcount
  labels:
    app.kubernetes.io/name: rtcount
    app.kubernetes.io/instance: rtcount
    app.kubernetes.io/version: "${version}"
`;
  return `# Made by \`deno task docs\`: scraping and alerts for the Prometheus Operator.
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
${metadata}spec:
  jobLabel: app.kubernetes.io/name
  selector:
    matchLabels:
      app.kubernetes.io/name: rtcount
      app.kubernetes.io/instance: rtcount
  endpoints:
    - port: http
      path: /metrics
      interval: 2s
      scheme: http
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
${metadata}spec:
${chartRules().replace(/^(?=.)/gm, "  ")}`;
}

/** The JSON Schema of values.yaml; that of \`config\` is the program's own. */
export function valuesSchema(): string {
  const { $schema, ...config } = configJsonSchema();
  const schema = {
    $schema,
    title: "Values of the chart of rtcount",
    ...object({
      image: object({
        repository: { ...TEXT, minLength: 1 },
        tag: TEXT,
        pullPolicy: { enum: ["Always", "IfNotPresent", "Never"] },
      }),
      imagePullSecrets: LIST_OF_KUBERNETES,
      replicas: { type: "integer", minimum: 0 },
      config,
      secret: TEXT,
      resources: OF_KUBERNETES,
      nodeSelector: OF_KUBERNETES,
      tolerations: LIST_OF_KUBERNETES,
      affinity: OF_KUBERNETES,
      podDisruptionBudget: object({ enabled: ENABLED }),
      networkPolicy: object({
        enabled: ENABLED,
        from: LIST_OF_KUBERNETES,
        egressPorts: { type: "array", items: PORT },
      }),
      serviceMonitor: object({ enabled: ENABLED, interval: TEXT, labels: OF_KUBERNETES }),
      prometheusRule: object({ enabled: ENABLED, labels: OF_KUBERNETES }),
      // Helm puts it there for charts that contain this one.
      global: OF_KUBERNETES,
    }),
    required: ["config"],
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function object(properties: Readonly<Record<string, unknown>>) {
  return { type: "object", properties, additionalProperties: false };
}
