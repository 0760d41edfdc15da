// Runs the image by runc, with a read-only root and the network of this machine.

import { join } from "node:path";
import { run } from "../../tools/package/run.ts";

interface Bundle {
  root: { readonly?: boolean };
  process: { terminal?: boolean };
  mounts: unknown[];
  linux: { namespaces: { type: string }[] };
}

export class ImageContainer implements AsyncDisposable {
  readonly #name = `rtcount-${crypto.randomUUID().slice(0, 8)}`;
  readonly #folder: string;
  #process: Deno.ChildProcess | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Unpacks the archive; `config` becomes /etc/rtcount/rtcount.yaml. */
  static async unpack(archive: string, config: string): Promise<ImageContainer> {
    const folder = await Deno.makeTempDir({ prefix: "rtcount-image-" });
    const layout = join(folder, "layout");
    await Deno.mkdir(layout);
    await Deno.mkdir(join(folder, "etc"));
    await Deno.writeTextFile(join(folder, "etc", "rtcount.yaml"), config);
    await run(["tar", "--extract", `--file=${archive}`, `--directory=${layout}`]);
    const tag = (await run(["umoci", "list", "--layout", layout])).trim();
    const bundle = join(folder, "bundle");
    await run(["umoci", "unpack", "--image", `${layout}:${tag}`, bundle]);
    const path = join(bundle, "config.json");
    const described: Bundle = JSON.parse(await Deno.readTextFile(path));
    described.root.readonly = true;
    described.process.terminal = false;
    described.linux.namespaces = described.linux.namespaces.filter(({ type }) => type !== "network");
    described.mounts.push({
      destination: "/etc/rtcount",
      type: "bind",
      source: join(folder, "etc"),
      options: ["bind", "ro"],
    });
    await Deno.writeTextFile(path, JSON.stringify(described));
    return new ImageContainer(folder);
  }

  /** Takes another configuration for the next start. */
  async configure(config: string): Promise<void> {
    await Deno.writeTextFile(join(this.#folder, "etc", "rtcount.yaml"), config);
  }

  start(): void {
    this.#process = new Deno.Command("runc", {
      args: ["run", "--bundle", join(this.#folder, "bundle"), this.#name],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** Runs a command inside and returns its exit status. */
  async exec(...command: readonly string[]): Promise<number> {
    const { code } = await new Deno.Command("runc", { args: ["exec", this.#name, ...command] }).output();
    return code;
  }

  async signal(name: string): Promise<void> {
    await run(["runc", "kill", this.#name, name]);
  }

  /** The exit status of the container's process. */
  async status(): Promise<number | undefined> {
    return (await this.#process?.status)?.code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Deno.Command("runc", { args: ["delete", "--force", this.#name] }).output();
    await this.#process?.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}
