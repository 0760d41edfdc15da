// Builds the live page from markup, styles, scripts, uPlot and Preact as one document, lib/http/page_document.ts, which the program
// imports. That file is committed, so that the program runs without a build. With `--check` the tool writes nothing, and
// its exit status says whether the file is up to date.

import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const PAGE = new URL("../lib/page/", import.meta.url);
const DOCUMENT = new URL("../lib/http/page_document.ts", import.meta.url);
/** In this order: later ones override earlier ones. */
const STYLES = ["page.css", "panels.css", "widths.css"];
/** Both packages have their modules in a folder below this one. */
const UPLOT = folderOf("uplot");
const PREACT = folderOf("preact");
/** The packages are in Deno's cache, where esbuild does not look. */
const MODULES: Readonly<Record<string, URL>> = {
  "uplot": new URL("dist/uPlot.esm.js", UPLOT),
  "preact": new URL("dist/preact.mjs", PREACT),
  "preact/jsx-runtime": new URL("jsx-runtime/dist/jsxRuntime.mjs", PREACT),
};

/** The oldest supported browsers. */
const TARGET = ["chrome120", "firefox120", "safari17.2"];

function folderOf(name: string): URL {
  return new URL("../", `file://${createRequire(import.meta.url).resolve(name)}`);
}

async function buildDocument(): Promise<string> {
  const styles = STYLES.map((name) => new URL(name, PAGE));
  const style = await minifyStyle([new URL("dist/uPlot.min.css", UPLOT), ...styles]);
  const script = await bundleScript(new URL("page.ts", PAGE));
  const uplotLicense = await licenseOf(UPLOT);
  const preactLicense = await licenseOf(PREACT);
  const licenses =
    `This page contains uPlot:\n\n${uplotLicense}\n\nThis page contains Preact:\n\n${preactLicense}`;
  const page = await Deno.readTextFile(new URL("page.html", PAGE));
  const html = page
    .replace(/\n\s+/g, "\n")
    .replace("<html", () => `<!--\n${licenses}\n-->\n<html`)
    .replace("<style></style>", () => `<style>${style}</style>`)
    .replace('<script type="module"></script>', () => `<script type="module">${script}</script>`);
  return [
    "// Made from this folder by `deno task page`; the next build overwrites changes.",
    "// deno-fmt-ignore-file",
    "",
    "/** The complete live page. */",
    `export const html = ${JSON.stringify(html)};`,
    "",
    "/** Hashes of its script and its style for the Content-Security-Policy. */",
    `export const scriptHash = ${JSON.stringify(hashOf(script))};`,
    `export const styleHash = ${JSON.stringify(hashOf(style))};`,
    "",
  ].join("\n");
}

async function minifyStyle(files: readonly URL[]): Promise<string> {
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(file)));
  const { code } = await esbuild.transform(texts.join("\n"), { loader: "css", minify: true, target: TARGET });
  return code.trim();
}

async function licenseOf(folder: URL): Promise<string> {
  return (await Deno.readTextFile(new URL("LICENSE", folder))).trim();
}

/** Packages are minified with short names. */
const packages: esbuild.Plugin = {
  name: "packages",
  setup(build) {
    build.onResolve({ filter: /^(uplot|preact)\b/ }, ({ path }) => {
      return { path: fileURLToPath(MODULES[path]), namespace: "packages" };
    });
    build.onLoad({ filter: /.*/, namespace: "packages" }, async ({ path }) => {
      const text = await Deno.readTextFile(path);
      const { code } = await esbuild.transform(text, { minify: true, format: "esm", target: TARGET });
      return { contents: code };
    });
  },
};

async function bundleScript(entry: URL): Promise<string> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    // Keep our names: esbuild assigns short names by frequency, so unrelated changes would change the document.
    minifySyntax: true,
    minifyWhitespace: true,
    charset: "utf8",
    format: "esm",
    legalComments: "none",
    target: TARGET,
    write: false,
    jsx: "automatic",
    jsxImportSource: "preact",
    plugins: [packages],
  });
  return outputFiles[0].text.trim();
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

const document = await buildDocument();
await esbuild.stop();
if (!Deno.args.includes("--check")) {
  await Deno.writeTextFile(DOCUMENT, document);
} else if (await Deno.readTextFile(DOCUMENT) !== document) {
  console.error(`${fileURLToPath(DOCUMENT)} is not what its folder makes: run \`deno task page\``);
  Deno.exitCode = 1;
}
