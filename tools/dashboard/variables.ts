// The variables at the top of the dashboard.

import type { VariableModel } from "@grafana/schema";
import type { JsonOf } from "./json_of.ts";
import { DATASOURCE } from "./panels.ts";

type Variable = JsonOf<VariableModel>;

export const VARIABLES: Variable[] = [
  {
    name: "datasource",
    label: "Data source",
    type: "datasource",
    query: "prometheus",
    // The provisioned data source; without it Grafana takes another.
    current: { text: "rtcount Prometheus", value: "rtcount-prometheus" },
    refresh: 1,
    multi: false,
    includeAll: false,
    hide: 0,
    options: [],
    regex: "",
    skipUrlSync: false,
  },
  labelValues({ name: "job", label: "Job", query: "label_values(rtcount_build_info, job)", multi: false }),
  labelValues({
    name: "instance",
    label: "Instance",
    query: 'label_values(rtcount_build_info{job="$job"}, instance)',
    multi: true,
  }),
];

function labelValues(options: { name: string; label: string; query: string; multi: boolean }): Variable {
  const { name, label, query, multi } = options;
  return {
    name,
    label,
    type: "query",
    datasource: DATASOURCE,
    query: { qryType: 1, query, refId: "PrometheusVariableQueryEditor-VariableQuery" },
    // On every change of the time range.
    refresh: 2,
    sort: 1,
    multi,
    includeAll: multi,
    ...(multi ? { current: { text: ["All"], value: ["$__all"] } } : {}),
    hide: 0,
    options: [],
    regex: "",
    skipUrlSync: false,
  };
}
