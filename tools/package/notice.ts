// NOTICE: the licences of the code of others in the executable.

import type { NpmPackage } from "./npm_packages.ts";

const RULE = "-".repeat(80);

export function notice(packages: readonly NpmPackage[]): string {
  const sections = packages.map(({ name, version, license, licenseText }) =>
    `${RULE}\n${name} ${version} (${license})\n\n${licenseText}\n`
  );
  return `rtcount is under the MIT license, see LICENSE. The executable contains the following work of others.

${RULE}
Deno ${Deno.version.deno} (MIT)

The runtime, Copyright the Deno authors, with V8 ${Deno.version.v8} (BSD-3-Clause), Copyright the V8 project authors.
https://github.com/denoland/deno names the licences of all that the runtime contains.

${sections.join("\n")}`;
}
