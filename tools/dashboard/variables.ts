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
  labelValues({
    name: "job",
    label: "Job",
    query: "label_values(rtcount_build_info, job)",
    // With a value from the start, the panels do not query twice at the first load.
    current: { text: "rtcount", value: "rtcount" },
    allValue: ".+",
  }),
  labelValues({
    name: "instance",
    label: "Instance",
    query: 'label_values(rtcount_build_info{job="$job"}, instance)',
    allowsAll: true,
    allValue: ".+",
  }),
  // The machine panels show the node_exporters on the machines of the instances, not all that Prometheus knows.
  labelValues({
    name: "host",
    label: "Machine",
    query: 'label_values(rtcount_build_info{job="$job",instance=~"$instance"}, instance)',
    regex: "/^(.*?)(?::[0-9]+)?$/",
    allowsAll: true,
    isHidden: true,
  }),
  labelValues({
    name: "node_job",
    label: "Job of node_exporter",
    query: "label_values(node_uname_info, job)",
    allowsAll: true,
    allValue: ".+",
    isHidden: true,
  }),
];

interface LabelValues {
  readonly name: string;
  readonly label: string;
  readonly query: string;
  /** Its first group is the value. */
  readonly regex?: string;
  /** Whether several values, or all, can be chosen; all are chosen at first. */
  readonly allowsAll?: boolean;
  /** The regular expression that stands for all values. */
  readonly allValue?: string;
  readonly current?: { text: string; value: string };
  readonly isHidden?: boolean;
}

function labelValues(options: LabelValues): Variable {
  const { name, label, query, regex = "", allowsAll = false, allValue, isHidden = false } = options;
  const current = allowsAll ? { text: ["All"], value: ["$__all"] } : options.current;
  return {
    name,
    label,
    type: "query",
    datasource: DATASOURCE,
    query: { qryType: 1, query, refId: "PrometheusVariableQueryEditor-VariableQuery" },
    // On every change of the time range.
    refresh: 2,
    sort: 1,
    multi: allowsAll,
    includeAll: allowsAll,
    ...(allValue === undefined ? {} : { allValue }),
    ...(current === undefined ? {} : { current }),
    hide: isHidden ? 2 : 0,
    options: [],
    regex,
    skipUrlSync: false,
  };
}
