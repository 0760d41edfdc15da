// The files that `deno task docs` makes from the program's own tables.

import { commandManPage } from "./command_man_page.ts";
import { bashCompletion } from "./completions/bash.ts";
import { fishCompletion } from "./completions/fish.ts";
import { zshCompletion } from "./completions/zsh.ts";
import { configType } from "./config_type.ts";
import { configManPage } from "./config_man_page.ts";
import { configurationPage } from "./configuration_page.ts";
import { metricsPage } from "./metrics_page.ts";
import {
  chartDescription,
  chartRules,
  monitoringManifests,
  valuesSchema,
} from "../kubernetes/chart_files.ts";

/** The function that makes each file, by the path from the repository's root. */
export const GENERATED_FILES: Readonly<Record<string, () => string>> = {
  "docs/configuration.md": configurationPage,
  "lib/config/config.ts": configType,
  "docs/metrics.md": metricsPage,
  "docs/man/rtcount.1": commandManPage,
  "docs/man/rtcount.yaml.5": configManPage,
  "completions/rtcount.bash": bashCompletion,
  "completions/rtcount.zsh": zshCompletion,
  "completions/rtcount.fish": fishCompletion,
  "deploy/kubernetes/chart/Chart.yaml": chartDescription,
  "deploy/kubernetes/chart/files/rules.yml": chartRules,
  "deploy/kubernetes/chart/values.schema.json": valuesSchema,
  "deploy/kubernetes/monitoring.yaml": monitoringManifests,
};
