// Reads the files of monitoring/.

import { parse } from "yaml";

export const MONITORING = new URL("../../monitoring/", import.meta.url);

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface PrometheusConfig {
  readonly global: Readonly<Record<string, string>>;
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly metrics_path?: string;
    readonly scrape_interval?: string;
    readonly scrape_timeout?: string;
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
}

export async function readText(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, MONITORING));
}

export async function readRules(): Promise<readonly Rule[]> {
  const { groups } = parse(await readText("rules/rtcount.yml")) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export async function readPrometheusConfig(): Promise<PrometheusConfig> {
  return parse(await readText("prometheus.yml"));
}
