// Runs the programs that make packages.

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program and returns its standard output. @throws {Error} with the program's own words if it fails */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const [program, ...args] = command;
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(program, { args, cwd: options.cwd, env: { ...options.env } }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`${program} is not installed: docs/install.md lists what \`deno task package\` needs`);
  }
  const decoder = new TextDecoder();
  if (!output.success) {
    throw new Error(`${command.join(" ")} ended with ${output.code}:\n${decoder.decode(output.stderr)}`);
  }
  return decoder.decode(output.stdout);
}
