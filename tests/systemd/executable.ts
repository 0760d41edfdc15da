import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

let binary: Promise<string> | undefined;

/** The executable that RTCOUNT_BIN names, or a newly compiled one. */
export function executable(): Promise<string> {
  return binary ??= make();
}

async function make(): Promise<string> {
  const given = Deno.env.get("RTCOUNT_BIN");
  if (given !== undefined) return Deno.realPathSync(given);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "compile"],
    cwd: ROOT,
    stdout: "null",
  }).output();
  if (!success) throw new Error(`deno task compile fails:\n${new TextDecoder().decode(stderr)}`);
  return fileURLToPath(new URL("rtcount", ROOT));
}
