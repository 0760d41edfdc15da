// The npm packages whose code is in the executable, as the module graph and the lock file name them.

import { join } from "node:path";
import { run } from "./run.ts";

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** SHA-512 of the archive in the registry, in hexadecimal digits. */
  readonly sha512: string;
  /** The licence's SPDX name. */
  readonly license: string;
  readonly licenseText: string;
  /** The names, with versions, of the packages that it uses. */
  readonly dependencies: readonly string[];
}

/** The part of `deno info --json` that is read here. */
export interface ModuleGraph {
  readonly modules: readonly { readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<Record<string, GraphPackage>>;
}

interface GraphPackage {
  readonly name: string;
  readonly version: string;
  readonly dependencies: readonly string[];
  readonly localPath: string;
}

/** The part of deno.lock that is read here. */
export interface LockFile {
  readonly npm: Readonly<Record<string, { readonly integrity: string }>>;
}

/** The program, and the live page that the program contains as a text. */
const ENTRIES = ["main.ts", "lib/page/page.ts"];

export async function readNpmPackages(root: string): Promise<NpmPackage[]> {
  const lock: LockFile = JSON.parse(await Deno.readTextFile(join(root, "deno.lock")));
  const used = new Map<string, GraphPackage>();
  for (const entry of ENTRIES) {
    await run([Deno.execPath(), "cache", "--quiet", "--frozen", entry], { cwd: root });
    const graph: ModuleGraph = JSON.parse(
      await run([Deno.execPath(), "info", "--json", entry], { cwd: root }),
    );
    for (const key of usedPackages(graph)) used.set(key, graph.npmPackages[key]);
  }
  const sorted = [...used].sort(([a], [b]) => (a < b ? -1 : 1));
  return await Promise.all(sorted.map(([key, found]) => describe(found, integrityOf(lock, key))));
}

/** The packages that modules of the graph import, and those that these need. */
export function usedPackages(graph: ModuleGraph): Set<string> {
  const used = new Set<string>();
  const open = graph.modules.flatMap(({ npmPackage }) => npmPackage ?? []);
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (used.has(key)) continue;
    used.add(key);
    open.push(...graph.npmPackages[key].dependencies);
  }
  return used;
}

function integrityOf(lock: LockFile, key: string): string {
  const found = Object.hasOwn(lock.npm, key) ? lock.npm[key].integrity : undefined;
  if (found === undefined || !found.startsWith("sha512-")) {
    throw new Error(`deno.lock has no SHA-512 of ${key}`);
  }
  return found.slice("sha512-".length);
}

async function describe(found: GraphPackage, integrity: string): Promise<NpmPackage> {
  const { name, version, localPath, dependencies } = found;
  const manifest = JSON.parse(await Deno.readTextFile(join(localPath, "package.json")));
  const names = [...Deno.readDirSync(localPath)].map((entry) => entry.name);
  const file = names.find((each) => /^licen[cs]e(?:\.\w+)?$/i.test(each));
  if (file === undefined || typeof manifest.license !== "string") {
    throw new Error(`${name} ${version} names no licence or has no text of it`);
  }
  return {
    name,
    version,
    sha512: Uint8Array.fromBase64(integrity).toHex(),
    license: manifest.license,
    licenseText: (await Deno.readTextFile(join(localPath, file))).trim(),
    dependencies,
  };
}
