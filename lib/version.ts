import project from "../deno.json" with { type: "json" };

/** The version of this program, shown by `--version`, the metrics and the API. */
export const version: string = project.version;
