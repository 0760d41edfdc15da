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
  alerts("Critical alerts", "red", "critical"),
  alerts("Warnings", "orange", "warning"),
  annotation({
    name: "Starts",
    color: "blue",
    // The value is the time of the mark in milliseconds: changes() would mark minutes, and miss starts after an outage.
    expr: `${of("process_start_time_seconds")} * 1000`,
    text: "{{instance}} started",
    tags: "instance",
    useValueForTime: true,
  }),
];

function alerts(name: string, color: string, severity: string): Annotation {
  return annotation({
    name,
    color,
    expr: `ALERTS{alertstate="firing",alertname=~"Rtcount.+",severity="${severity}",job="$job"}`,
    text: "{{alertname}} {{instance}}",
    tags: "severity",
  });
}

/** `text` and `tags` name labels. */
function annotation(
  options: {
    name: string;
    color: string;
    expr: string;
    text: string;
    tags: string;
    useValueForTime?: boolean;
  },
): Annotation {
  // Grafana's types leave out what the Prometheus data source reads of an annotation.
  const ofPrometheus = {
    titleFormat: options.name,
    textFormat: options.text,
    tagKeys: options.tags,
    ...(options.useValueForTime ? { useValueForTime: true } : {}),
  };
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
