// A folder whose files have fixed modes and one time, whatever the umask and the checkout are.

import { dirname, join } from "node:path";

const FOLDER_MODE = 0o755;

export class StagedFolder {
  readonly path: string;
  readonly #epochSeconds: number;

  constructor(path: string, epochSeconds: number) {
    this.path = path;
    this.#epochSeconds = epochSeconds;
  }

  async write(name: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
    const path = join(this.path, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    await Deno.chmod(path, mode);
  }

  async copy(from: string, name: string, mode = 0o644): Promise<void> {
    await this.write(name, await Deno.readFile(from), mode);
  }

  /** Copies a folder with all that is in it. A script stays executable. */
  async copyTree(from: string, name: string): Promise<void> {
    for await (const entry of Deno.readDir(from)) {
      const [source, target] = [join(from, entry.name), join(name, entry.name)];
      if (entry.isDirectory) await this.copyTree(source, target);
      else await this.copy(source, target, entry.name.endsWith(".sh") ? 0o755 : 0o644);
    }
  }

  /** Sets the modes of folders and all times: call it last. */
  async seal(folder = this.path): Promise<void> {
    for await (const entry of Deno.readDir(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory) await this.seal(path);
      else await Deno.utime(path, this.#epochSeconds, this.#epochSeconds);
    }
    await Deno.chmod(folder, FOLDER_MODE);
    await Deno.utime(folder, this.#epochSeconds, this.#epochSeconds);
  }
}
