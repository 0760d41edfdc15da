// The bill of materials (SBOM) of the executable, in the format CycloneDX 1.6.

import type { NpmPackage } from "./npm_packages.ts";
import type { Release } from "./release.ts";

const RTCOUNT = "rtcount";
const DENO = "deno";

export function billOfMaterials(release: Release, packages: readonly NpmPackage[]): string {
  const refs = new Set(packages.map(keyOf));
  const document = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: new Date(release.epochSeconds * 1_000).toISOString(),
      component: {
        "bom-ref": RTCOUNT,
        type: "application",
        name: "rtcount",
        version: release.version,
        licenses: [{ license: { id: "MIT" } }],
      },
    },
    components: [
      {
        "bom-ref": DENO,
        type: "platform",
        name: "deno",
        version: Deno.version.deno,
        licenses: [{ license: { id: "MIT" } }],
        purl: `pkg:github/denoland/deno@v${Deno.version.deno}`,
      },
      ...packages.map(componentOf),
    ],
    dependencies: [
      { ref: RTCOUNT, dependsOn: [DENO, ...directly(packages)] },
      ...packages.map((each) => ({
        ref: purlOf(each),
        dependsOn: each.dependencies.map(withoutPeers).filter((key) => refs.has(key)).map(purlOfKey).sort(),
      })),
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function componentOf(one: NpmPackage): Record<string, unknown> {
  const [name, group] = one.name.split("/").reverse();
  return {
    "bom-ref": purlOf(one),
    type: "library",
    ...(group === undefined ? {} : { group }),
    name,
    version: one.version,
    hashes: [{ alg: "SHA-512", content: one.sha512 }],
    licenses: [{ license: { id: one.license } }],
    purl: purlOf(one),
  };
}

/** The packages that no other package brings. */
function directly(packages: readonly NpmPackage[]): string[] {
  const brought = new Set(packages.flatMap(({ dependencies }) => dependencies.map(withoutPeers)));
  return packages.filter((each) => !brought.has(keyOf(each))).map(purlOf);
}

function keyOf({ name, version }: NpmPackage): string {
  return `${name}@${version}`;
}

/** The lock file appends the versions of peers: `a@1.0.0_b@2.0.0`. */
function withoutPeers(key: string): string {
  return key.replace(/^(.[^@]*@[^_]*)_.*$/, "$1");
}

function purlOf(one: NpmPackage): string {
  return purlOfKey(keyOf(one));
}

function purlOfKey(key: string): string {
  return `pkg:npm/${key.replace(/^@/, "%40")}`;
}
