// Makes everything that a release consists of, for the machine type of this machine, in dist/.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compress, writeTar } from "./archive.ts";
import { billOfMaterials } from "./bill_of_materials.ts";
import { stageContent } from "./content.ts";
import { makeImage } from "./image.ts";
import { makePackages } from "./nfpm.ts";
import { readNpmPackages } from "./npm_packages.ts";
import { readRelease, type Release } from "./release.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DIST = join(ROOT, "dist");
/** Its path gets into the executable, so every run has the same. */
const WORK = "/tmp/rtcount-package";

async function main(): Promise<void> {
  Deno.umask(0o022);
  const release = await readRelease(ROOT);
  await makeWorkFolder();
  try {
    await Deno.remove(DIST, { recursive: true }).catch(ignoreMissing);
    await Deno.mkdir(DIST);
    const packages = await readNpmPackages(ROOT);
    const bill = billOfMaterials(release, packages);
    await Deno.writeTextFile(join(DIST, `${release.name}.cdx.json`), bill);
    const content = join(WORK, release.name);
    await stageContent(content, { root: ROOT, work: WORK, release, packages, bill });
    await Promise.all([
      makePackages(release, {
        content,
        config: join(ROOT, "packaging", "nfpm.yaml"),
        target: DIST,
        work: WORK,
      }),
      makeImage(join(DIST, `${release.name}.oci.tar`), release, { content, work: WORK }),
      makeTarball(release),
    ]);
    await Deno.writeTextFile(join(DIST, "sha256sums.txt"), await checksums());
  } finally {
    await Deno.remove(WORK, { recursive: true });
  }
}

async function makeWorkFolder(): Promise<void> {
  try {
    await Deno.mkdir(WORK, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new Error(
      `${WORK} exists: wait for the other \`deno task package\`, or remove what an interrupted one left`,
    );
  }
}

async function makeTarball({ name, epochSeconds }: Release): Promise<void> {
  const archive = join(DIST, `${name}.tar`);
  await writeTar(archive, { folder: WORK, entries: [name], exclude: `${name}/packages`, epochSeconds });
  await compress(archive);
}

/** The lines that `sha256sum --check` reads. */
async function checksums(): Promise<string> {
  const names = [...Deno.readDirSync(DIST)].map(({ name }) => name).sort();
  const lines = await Promise.all(names.map(async (name) => {
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(join(DIST, name)));
    return `${new Uint8Array(digest).toHex()}  ${name}\n`;
  }));
  return lines.join("");
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

await main();
