import assert from "node:assert/strict";
import { billOfMaterials } from "../../tools/package/bill_of_materials.ts";
import { notice } from "../../tools/package/notice.ts";
import { type ModuleGraph, type NpmPackage, usedPackages } from "../../tools/package/npm_packages.ts";
import type { Release } from "../../tools/package/release.ts";

const RELEASE: Release = {
  version: "1.2.3",
  architecture: "amd64",
  epochSeconds: 1_700_000_000,
  name: "rtcount-1.2.3.linux-amd64",
};

function npmPackage(name: string, version: string, dependencies: readonly string[] = []): NpmPackage {
  return {
    name,
    version,
    sha512: "ab".repeat(64),
    license: "MIT",
    licenseText: `text of ${name}`,
    dependencies,
  };
}

const PACKAGES = [
  npmPackage("@scope/plain", "1.0.0"),
  npmPackage("parent", "2.0.0", ["@scope/plain@1.0.0", "child@3.0.0_@scope+plain@1.0.0"]),
  npmPackage("child", "3.0.0"),
];

Deno.test("usedPackages() are those that modules import and what these need, not all of the lock file", () => {
  const graph: ModuleGraph = {
    modules: [{}, { npmPackage: "a@1" }, { npmPackage: "a@1" }],
    npmPackages: Object.fromEntries(
      [["a@1", ["b@1"]], ["b@1", ["a@1", "c@1"]], ["c@1", []], ["unused@1", []]].map((
        [key, dependencies],
      ) => [
        key as string,
        { name: "", version: "", localPath: "", dependencies: dependencies as string[] },
      ]),
    ),
  };
  assert.deepEqual([...usedPackages(graph)].sort(), ["a@1", "b@1", "c@1"]);
});

Deno.test("billOfMaterials() describes every package, and refers only to what it describes", () => {
  const bill = JSON.parse(billOfMaterials(RELEASE, PACKAGES));
  assert.equal(bill.metadata.timestamp, "2023-11-14T22:13:20.000Z");
  assert.equal(bill.metadata.component.version, "1.2.3");
  const plain = bill.components.find(({ name }: { name: string }) => name === "plain");
  assert.equal(plain.group, "@scope");
  assert.equal(plain.purl, "pkg:npm/%40scope/plain@1.0.0");
  assert.deepEqual(plain.hashes, [{ alg: "SHA-512", content: "ab".repeat(64) }]);
  const described = [bill.metadata.component, ...bill.components].map((each) => each["bom-ref"]);
  assert.equal(new Set(described).size, described.length);
  for (const { ref, dependsOn } of bill.dependencies) {
    for (const each of [ref, ...dependsOn]) assert.ok(described.includes(each), each);
  }
  const dependenciesOf = (ref: string) =>
    bill.dependencies.find((each: { ref: string }) => each.ref === ref).dependsOn;
  assert.deepEqual(dependenciesOf("pkg:npm/parent@2.0.0"), [
    "pkg:npm/%40scope/plain@1.0.0",
    "pkg:npm/child@3.0.0",
  ]);
  assert.deepEqual(dependenciesOf("rtcount"), ["deno", "pkg:npm/parent@2.0.0"]);
});

Deno.test("notice() has the licence and its text of each package", () => {
  const text = notice(PACKAGES);
  for (const { name, version } of PACKAGES) {
    assert.ok(text.includes(`${name} ${version} (MIT)\n\ntext of ${name}\n`), name);
  }
});
