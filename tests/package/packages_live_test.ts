// Makes the packages and tries them as their users do. It takes root, containers and minutes, so only
// `deno task test:packages` runs it. With RELEASE=1 it also makes them a second time, and asks lintian, which the
// caller installs.

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { version } from "../../lib/version.ts";
import { readRelease } from "../../tools/package/release.ts";
import { run } from "../../tools/package/run.ts";
import { freePorts } from "../machine/free_ports.ts";
import { produce } from "../machine/kafka/producer.ts";
import { bootstrap, missing as noKafka, uniqueName } from "../machine/kafka/shared_kafka.ts";
import { createTopic } from "../machine/kafka/topic.ts";
import { missingPrograms } from "../machine/machine.ts";
import { missingForContainers, runInContainer } from "../machine/systemd_container.ts";
import { ImageContainer } from "./image_container.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DIST = join(ROOT, "dist");
const CASE = fileURLToPath(new URL("cases/deb.sh", import.meta.url));
const POLL_MS = 50;
const LIMIT_MS = 120_000;
const IS_RELEASE = Deno.env.get("RELEASE") === "1";

/** The packages of this checkout, made once for the whole file. */
let made: Promise<string[]> | undefined;
function packages(): Promise<string[]> {
  made ??= makePackages(ROOT);
  return made;
}

async function makePackages(root: string): Promise<string[]> {
  await run([Deno.execPath(), "task", "--quiet", "package"], { cwd: root });
  return (await Deno.readTextFile(join(root, "dist", "sha256sums.txt"))).trimEnd().split("\n");
}

async function packageOf(suffix: string): Promise<string> {
  const line = (await packages()).find((each) => each.endsWith(suffix));
  assert.ok(line !== undefined, suffix);
  return join(DIST, line.split("  ")[1]);
}

/** Waits until the file exists. */
async function appearance(path: string, ended: Promise<unknown>): Promise<void> {
  let isOver = false;
  ended.finally(() => isOver = true);
  while (!isOver && missingFile(path)) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

function missingFile(path: string): boolean {
  try {
    Deno.statSync(path);
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!await isSo()) {
    if (performance.now() > deadline) throw new Error(`it is not so after ${LIMIT_MS} ms: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Status 0 if nothing listens. */
async function answerOf(
  port: number,
  path: string,
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, text: await response.text() };
  } catch (error) {
    if (error instanceof TypeError) return { status: 0, text: "" };
    throw error;
  }
}

if (Deno.env.get("PACKAGES") === "1") {
  const lacking = missingPrograms("umoci", "rpm", "runc");
  const missing = missingForContainers() ?? (lacking.length > 0 ? `not installed: ${lacking}` : undefined);
  if (missing !== undefined) console.log(`the packages are not tested: ${missing}`);
  const ignore = missing !== undefined || noKafka;

  Deno.test({
    name: "deno task package makes all packages, and sha256sum agrees with sha256sums.txt",
    ignore,
    async fn() {
      const { architecture, name } = await readRelease(ROOT);
      const machine = { amd64: "x86_64", arm64: "aarch64" }[architecture];
      assert.deepEqual((await packages()).map((line) => line.split("  ")[1]), [
        `rtcount-${version}-1.${machine}.rpm`,
        `${name}.cdx.json`,
        `${name}.oci.tar`,
        `${name}.tar.gz`,
        `rtcount_${version}_${architecture}.deb`,
      ]);
      await run(["sha256sum", "--check", "--strict", "sha256sums.txt"], { cwd: DIST });
    },
  });

  Deno.test({
    name: "the tarball has one folder with the executable and all that install.sh installs",
    ignore,
    async fn() {
      const names = (await run(["tar", "--list", `--file=${await packageOf(".tar.gz")}`])).trimEnd().split(
        "\n",
      );
      const { name } = await readRelease(ROOT);
      for (
        const file of [
          "rtcount",
          "LICENSE",
          "NOTICE",
          "rtcount.cdx.json",
          "systemd/install.sh",
          "monitoring/prometheus.yml",
          "docs/man/rtcount.1",
          "completions/rtcount.bash",
        ]
      ) {
        assert.ok(names.includes(`${name}/${file}`), file);
      }
      assert.deepEqual(names.filter((each) => !each.startsWith(`${name}/`)), []);
      assert.deepEqual(names.filter((each) => each.includes("/packages")), []);
    },
  });

  Deno.test({
    name: "the RPM has the program, units, configuration, manual pages and completions",
    ignore,
    async fn() {
      const rpm = await packageOf(".rpm");
      const files = (await run(["rpm", "-qlp", rpm])).trimEnd().split("\n");
      for (
        const file of [
          "/etc/rtcount/rtcount.yaml",
          "/usr/bin/rtcount",
          "/usr/lib/systemd/system/rtcount.service",
          "/usr/lib/systemd/system/rtcount@.service",
          "/usr/lib/sysusers.d/rtcount.conf",
          "/usr/lib/tmpfiles.d/rtcount.conf",
          "/usr/share/bash-completion/completions/rtcount",
          "/usr/share/fish/vendor_completions.d/rtcount.fish",
          "/usr/share/licenses/rtcount/LICENSE",
          "/usr/share/man/man1/rtcount.1.gz",
          "/usr/share/man/man5/rtcount.yaml.5.gz",
          "/usr/share/rtcount/prometheus.yml",
          "/usr/share/zsh/site-functions/_rtcount",
        ]
      ) {
        assert.ok(files.includes(file), file);
      }
      assert.equal((await run(["rpm", "-qcp", rpm])).trim(), "/etc/rtcount/rtcount.yaml");
    },
  });

  Deno.test({
    name: "the Debian package installs, runs, upgrades and leaves nothing after a purge",
    ignore,
    async fn() {
      const topic = uniqueName("deb");
      await createTopic({ bootstrap, topic });
      const exchange = await Deno.makeTempDir({ prefix: "rtcount-deb-" });
      const [port] = freePorts(1);
      const script = runInContainer(CASE, {
        system: "bare",
        binds: [`${await packageOf(".deb")}:/packages/rtcount.deb`],
        args: [bootstrap, topic, String(port)],
        exchange,
        sharesNetwork: true,
      });
      await appearance(join(exchange, "ready"), script);
      await produce([{ timestampMs: Date.now(), value: "apple,apple" }], { bootstrap, topic, partition: 0 });
      await Deno.writeTextFile(join(exchange, "written"), "");
      const { status, output } = await script;
      await Deno.remove(exchange, { recursive: true });
      assert.equal(status, 0, `the script ended with ${status}:\n${output}`);
      for (const [line] of output.matchAll(/^.*\b\d+ ms\b.*$/gm)) console.log(line);
    },
  });

  Deno.test({
    name: "the image counts from Kafka, as a user without rights on a read-only root, and its probe is right",
    ignore,
    async fn() {
      const topic = uniqueName("image");
      await createTopic({ bootstrap, topic });
      const [port, closedPort] = freePorts(2);
      const config = (brokers: string) =>
        `source: {kafka: {brokers: [${brokers}], topics: [${topic}]}}
window: {length: 4s, slide: 1s, lateness: 0s, idle: 1s}
http: {listen: "127.0.0.1:${port}"}
`;
      await using container = await ImageContainer.unpack(await packageOf(".oci.tar"), config(bootstrap));
      const health = () => container.exec("/usr/bin/rtcount", "health");
      container.start();
      await until(async () => await health() === 0);
      await until(async () => (await answerOf(port, "/readyz")).status === 200);
      await produce([{ timestampMs: Date.now(), value: "apple,apple" }], { bootstrap, topic, partition: 0 });
      await until(async () => (await answerOf(port, "/api/v1/top")).text.includes('["apple",2]'));
      await container.signal("STOP");
      assert.equal(await health(), 1, "the status of the probe while the process is hung");
      await container.signal("CONT");
      await until(async () => await health() === 0);
      await container.signal("TERM");
      assert.equal(await container.status(), 0, "the exit status after SIGTERM");

      await container.configure(config(`127.0.0.1:${closedPort}`));
      container.start();
      await until(async () => await health() === 0);
      assert.equal((await answerOf(port, "/readyz")).status, 503, "Kafka is down");
    },
  });

  if (IS_RELEASE) {
    Deno.test({
      name: "lintian reports no error in the Debian package",
      ignore,
      async fn() {
        const report = await run(["lintian", "--allow-root", "--fail-on=error", await packageOf(".deb")]);
        assert.doesNotMatch(report, /^E: /m);
      },
    });

    Deno.test({
      name: "a second run in another folder makes the same bytes",
      ignore,
      async fn() {
        const first = await packages();
        const folder = await Deno.makeTempDir({ prefix: "rtcount-clone-" });
        await run(["git", "clone", "--quiet", ROOT, folder]);
        assert.deepEqual(await makePackages(folder), first);
        await Deno.remove(folder, { recursive: true });
      },
    });
  }
}
