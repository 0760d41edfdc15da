import project from "../deno.json" with { type: "json" };

/** Of this program, as `--version`, the metrics and the API say it. */
export const version: string = project.version;
