// The events that all panels mark.

import type { AnnotationQuery } from "@grafana/schema";
import type { JsonOf } from "./json_of.ts";
import { DATASOURCE } from "./panels.ts";
import { of } from "./queries.ts";

type Annotation = JsonOf<AnnotationQuery>;

export const ANNOTATIONS: Annotation[] = [
  {
    name: "Annotations & Alerts",
    builtIn: 1,
    type: "dashboard",
    datasource: { type: "grafana", uid: "-- Grafana --" },
    enable: true,
    hide: true,
    iconColor: "rgba(0, 211, 255, 1)",
  },
  annotation({
    name: "Alerts",
    color: "red",
    expr: 'ALERTS{alertstate="firing",alertname=~"Rtcount.+",job="$job"}',
    text: "{{alertname}} {{instance}}",
    tags: "severity",
  }),
  annotation({
    name: "Starts",
    color: "blue",
    expr: `changes(${of("process_start_time_seconds")}[5m]) > 0`,
    text: "{{instance}} was started again",
    tags: "instance",
  }),
];

/** `text` and `tags` name labels. */
function annotation(
  options: { name: string; color: string; expr: string; text: string; tags: string },
): Annotation {
  // Grafana's types leave out what the Prometheus data source reads of an annotation.
  const ofPrometheus = { titleFormat: options.name, textFormat: options.text, tagKeys: options.tags };
  return {
    name: options.name,
    datasource: DATASOURCE,
    enable: true,
    hide: false,
    iconColor: options.color,
    target: { refId: "Anno", expr: options.expr, interval: "", legendFormat: "" } as Annotation["target"],
    ...ofPrometheus,
  };
}
