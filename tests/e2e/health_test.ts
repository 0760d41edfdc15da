// `rtcount health` in the states of a daemon that a probe meets.

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { freePorts } from "../machine/free_ports.ts";
import { startKafka } from "../machine/kafka/broker.ts";
import { CertificateAuthority } from "../machine/kafka/certificates.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { missingPrograms } from "../machine/machine.ts";
import { kafkaSource } from "./kafka_source.ts";
import { newerRuntimeTest } from "./newer_runtime_only.ts";
import { type Finished, RtcountDaemon, RtcountProcess, runRtcount } from "./rtcount_process.ts";
import { withFile } from "./with_file.ts";

const WINDOW = { length: "1s", slide: "200ms", lateness: "0" };

Deno.test({
  name: "rtcount health is 0 for a daemon that starts, is ready or has lost Kafka, and 1 for one that hangs",
  ignore: await missingForKafka() !== undefined,
  async fn(t) {
    await using kafka = await startKafka();
    await kafka.createTopic("words");
    await kafka.kill(0);
    await using daemon = new RtcountDaemon({ source: kafkaSource("words", kafka.bootstrap), window: WINDOW });
    const health = () => runRtcount(["health", "--config", daemon.configFile]);
    const works: Finished = { status: 0, stdout: `${daemon.url}: ok\n`, stderr: "" };
    // On a busy machine the answer may come too late.
    const waitUntilItWorks = () =>
      daemon.waitFor("a healthy process", async () => isDeepStrictEqual(await health(), works));

    await t.step("it starts, and finds no broker", async () => {
      await daemon.waitForReadiness(503);
      await waitUntilItWorks();
    });
    await t.step("it is ready", async () => {
      await kafka.restart(0);
      await daemon.waitForReadiness(200);
      await waitUntilItWorks();
    });
    await t.step("Kafka is down", async () => {
      await kafka.kill(0);
      await daemon.waitForReadiness(503);
      await waitUntilItWorks();
    });
    await t.step("it hangs", async () => {
      daemon.kill("SIGSTOP");
      const line = `${daemon.url}: no answer within 5 s\n`;
      assert.deepEqual(await health(), { status: 1, stdout: line, stderr: "" });
      daemon.kill("SIGCONT");
      await waitUntilItWorks();
    });
    await t.step("it has ended", async () => {
      const config = await Deno.readTextFile(daemon.configFile);
      daemon.kill("SIGTERM");
      assert.equal(await daemon.status, 0, daemon.stderr);
      const line = `${daemon.url}: connection refused\n`;
      await withFile(config, async (file) => {
        const { status, stdout } = await runRtcount(["health", "--config", file]);
        assert.deepEqual([status, stdout], [1, line]);
      });
    });
  },
});

Deno.test("rtcount health ends with 2 for wrong usage, and with 78 for a wrong configuration", async () => {
  const [free] = freePorts(1);
  assert.equal((await runRtcount(["health", "now"])).status, 2);
  assert.equal((await runRtcount(["health", "--url", "127.0.0.1:8000"])).status, 2);
  assert.equal((await runRtcount(["health", "--config", "/nonexistent.yaml"])).status, 78);
  const { status, stdout } = await runRtcount(["health", "--url", `http://127.0.0.1:${free}`]);
  assert.deepEqual([status, stdout], [1, `http://127.0.0.1:${free}: connection refused\n`]);
  await withFile("source: {synthetic: {}}\ntpo: 3\n", async (file) => {
    const { status, stderr } = await runRtcount(["health", "--config", file]);
    assert.equal(status, 78);
    assert.match(stderr, /:2:1: tpo: unknown key/);
  });
});

newerRuntimeTest({
  name: "rtcount health uses certificate and login of the configuration, or those that it is given",
  ignore: missingPrograms("openssl").length > 0,
  async fn() {
    await using authority = await CertificateAuthority.make("rtcount-test");
    const { certificateFile, keyFile } = await authority.issue("own", {
      names: "DNS:counter.example,IP:127.0.0.1",
    });
    const [port] = freePorts(1);
    const password = "open-sesame-4711";
    await withFile(`${password}\n`, async (passwordFile) => {
      const config = {
        source: { synthetic: {} },
        output: { console: false },
        http: {
          listen: `0.0.0.0:${port}`,
          tls: { cert_file: certificateFile, key_file: keyFile },
          basic_auth: { username: "probe", password_file: passwordFile },
        },
      };
      await withFile(JSON.stringify(config), async (file) => {
        const url = `https://127.0.0.1:${port}`;
        await using daemon = new RtcountProcess(["run", "--config", file]);
        const ask = async (args: readonly string[], env: Record<string, string> = {}) => {
          const { status, stdout, stderr } = await runRtcount(["health", ...args], { env });
          assert.equal(stderr, "");
          return [status, stdout] as const;
        };
        // On a busy machine the answer may come too late.
        const waitForHealth = (args: readonly string[], env: Record<string, string> = {}) =>
          daemon.waitFor("a healthy process", async () => {
            const [status, line] = await ask(args, env);
            return status === 0 && line === `${url}: ok\n`;
          });
        await waitForHealth(["--config", file]);
        await waitForHealth(["--config", file], { NODE_EXTRA_CA_CERTS: authority.file });
        const login = { RTCOUNT_LOGIN: `probe:${password}` };
        const there = ["--url", url, "--ca-file", authority.file];
        await waitForHealth(there, login);
        await daemon.waitFor("a question for a login", async () => {
          const [status, line] = await ask(there);
          return status === 1 && /: the daemon asks for a login: --login-file names/.test(line);
        });
        assert.equal((await ask(["--config", file], { RTCOUNT_LOGIN: "probe:wrong" }))[0], 1);
      });
    });
  },
});

Deno.test("rtcount health asks an https address where NODE_EXTRA_CA_CERTS names a file", async () => {
  const [port] = freePorts(1);
  const file = await Deno.makeTempFile({ prefix: "rtcount-", suffix: ".pem" });
  try {
    const url = `https://127.0.0.1:${port}`;
    const { status, stdout } = await runRtcount(["health", "--url", url], {
      env: { NODE_EXTRA_CA_CERTS: file },
    });
    assert.equal(status, 1);
    assert.equal(stdout, `${url}: connection refused\n`);
  } finally {
    await Deno.remove(file);
  }
});
