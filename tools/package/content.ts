// The files of the tarball, and those that only the Debian and RPM packages have.

import { join } from "node:path";
import { compress } from "./archive.ts";
import { compileTo } from "./executable.ts";
import { notice } from "./notice.ts";
import type { NpmPackage } from "./npm_packages.ts";
import type { Release } from "./release.ts";
import { StagedFolder } from "./staged_folder.ts";

export interface ContentOptions {
  readonly root: string;
  readonly work: string;
  readonly release: Release;
  readonly packages: readonly NpmPackage[];
  /** The bill of materials. */
  readonly bill: string;
}

const FILES = ["CHANGELOG.md", "LICENSE", "README.md"] as const;
const FOLDERS = ["completions", "deploy", "docs", "monitoring", "systemd"] as const;
const UNITS = ["rtcount.service", "rtcount@.service"] as const;
const MANUAL_PAGES = ["rtcount.1", "rtcount.yaml.5"] as const;

export async function stageContent(path: string, options: ContentOptions): Promise<void> {
  const { root, work, release, packages, bill } = options;
  const content = new StagedFolder(path, release.epochSeconds);
  for (const file of FILES) await content.copy(join(root, file), file);
  for (const folder of FOLDERS) await content.copyTree(join(root, folder), folder);
  await content.write("NOTICE", notice(packages));
  await content.write("rtcount.cdx.json", bill);
  await compileTo(join(path, "rtcount"), { root, work, epochSeconds: release.epochSeconds });
  await stagePackageFiles(content, root, release);
  await content.seal();
}

async function stagePackageFiles(content: StagedFolder, root: string, release: Release): Promise<void> {
  await content.copyTree(join(root, "packaging"), "packages");
  for (const unit of UNITS) {
    const text = await Deno.readTextFile(join(root, "systemd", unit));
    await content.write(`packages/${unit}`, text.replace("ExecStart=/usr/local/bin/", "ExecStart=/usr/bin/"));
  }
  await content.write("packages/changelog", debianChangelog(release));
  await content.write("packages/copyright", debianCopyright(await Deno.readTextFile(join(root, "LICENSE"))));
  for (const page of MANUAL_PAGES) await content.copy(join(root, "docs", "man", page), `packages/${page}`);
  for (const file of ["changelog", ...MANUAL_PAGES]) {
    await compress(join(content.path, "packages", file), "--best");
  }
}

/** The format of Debian's policy. The changes themselves are in CHANGELOG.md. */
function debianChangelog({ version, epochSeconds }: Release): string {
  const date = new Date(epochSeconds * 1_000).toUTCString().replace("GMT", "+0000");
  return `rtcount (${version}) stable; urgency=medium

  * CHANGELOG.md of the source has the changes.

 -- the rtcount authors <rtcount@rtcount.example>  ${date}
`;
}

/** The machine-readable format of Debian. */
function debianCopyright(license: string): string {
  const [, , copyright, ...terms] = license.trim().split("\n");
  const indented = terms.join("\n").trim().split("\n").map((line) => ` ${line.trim() === "" ? "." : line}`);
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: rtcount
Comment: NOTICE has the licences of the packages that the executable contains.

Files: *
${copyright.replace("Copyright (c)", "Copyright:")}
License: Expat
${indented.join("\n")}
`;
}
