// Writes the reference pages of docs/ from the program's own tables.

import { configurationPage } from "./configuration_page.ts";
import { metricsPage } from "./metrics_page.ts";

const DOCS = new URL("../../docs/", import.meta.url);

await Deno.writeTextFile(new URL("configuration.md", DOCS), configurationPage());
await Deno.writeTextFile(new URL("metrics.md", DOCS), metricsPage());
