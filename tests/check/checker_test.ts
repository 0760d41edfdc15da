import assert from "node:assert/strict";
import { checkChain, type CheckOptions, TIME_LIMIT_MS, urlOfListener } from "../../lib/check/checker.ts";
import type { Finding } from "../../lib/check/finding.ts";
import { parseConfig } from "../../lib/config/load.ts";
import { systemClock } from "../../lib/async/clock.ts";
import { FakeRegistry } from "../fakes/fake_registry.ts";
import { freePorts } from "../machine/free_ports.ts";
import { ManualClock } from "../fakes/manual_clock.ts";

function lines(findings: readonly Finding[]): string[] {
  return findings.map(({ check, status, message }) => `${status} ${check}: ${message}`);
}

function options(config: string, more: Partial<CheckOptions> = {}): CheckOptions {
  return {
    configFile: "f.yaml",
    config: parseConfig(config),
    problems: [],
    readTextFile: () => Promise.reject(new Error("no such file")),
    clock: new ManualClock(),
    onFinding: () => {},
    ...more,
  };
}

Deno.test("checkChain() ends at its time limit, and names the links that did not finish", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${silent.addr.port}`;
  const url = `http://${address}`;
  const clock = new ManualClock();
  const told: Finding[] = [];
  const config = `source: {kafka: {brokers: ["${address}"], topics: [t]}}\nhttp: {listen: "${address}"}`;
  const checking = checkChain(
    options(config, { clock, prometheus: url, grafana: url, onFinding: (finding) => told.push(finding) }),
  );
  clock.advance(TIME_LIMIT_MS);
  const findings = await checking;
  assert.deepEqual(findings, told);
  const unfinished = "not finished within 30 s, the limit of the whole check";
  assert.deepEqual(lines(findings), [
    'ok config: f.yaml: "rtcount" reads t for the group "rtcount"',
    `FAIL broker: ${unfinished}`,
    `FAIL daemon: ${unfinished}`,
    `FAIL prometheus: ${unfinished}`,
    `FAIL grafana: ${unfinished}`,
  ]);
});

Deno.test("checkChain() checks the other links if the configuration is wrong", async () => {
  const [free] = freePorts(1);
  const nowhere = `http://127.0.0.1:${free}`;
  const problem = { file: "f.yaml", line: 2, column: 1, path: "tpo", message: "unknown key" };
  const findings = await checkChain(
    options("source: {lines: {}}", {
      config: undefined,
      problems: [problem, { ...problem, line: 3, path: "topp" }],
      url: nowhere,
      prometheus: nowhere,
    }),
  );
  assert.deepEqual(lines(findings), [
    "FAIL config: f.yaml:2:1: tpo: unknown key",
    "FAIL config: f.yaml:3:1: topp: unknown key",
    "warn broker: Kafka is not checked: the configuration is too broken",
    `FAIL daemon: the daemon is not running, or listens elsewhere: connection refused at ${nowhere}`,
    `FAIL prometheus: Prometheus does not answer at ${nowhere}: connection refused`,
    "warn grafana: not checked",
  ]);
});

Deno.test("checkChain() tells a user who may not read the configuration to run it as the daemon's user", async () => {
  const [free] = freePorts(1);
  const nowhere = `http://127.0.0.1:${free}`;
  const rows: [messages: string[], remedy: RegExp][] = [
    [["cannot be read: Permission denied (os error 13)"], /^run it as the daemon's user .*--config f\.yaml/],
    [
      ['needs the environment variable "CREDENTIALS_DIRECTORY", which is not set'],
      /^run it as .*environment/,
    ],
    [["cannot be read: Permission denied", "unknown key"], /^correct it until/],
  ];
  for (const [messages, remedy] of rows) {
    const problems = messages.map((message) => ({ file: "f.yaml", path: "", message }));
    const findings = await checkChain(
      options("source: {lines: {}}", { config: undefined, problems, url: nowhere, prometheus: nowhere }),
    );
    assert.match(findings[problems.length - 1].remedy ?? "", remedy);
  }
});

Deno.test("checkChain() does not show the password in an address", async () => {
  const [free] = freePorts(1);
  const secret = `http://me:hunter2@127.0.0.1:${free}`;
  const findings = await checkChain(
    options("source: {lines: {}}", { url: secret, prometheus: secret, grafana: secret }),
  );
  assert.equal(findings.filter(({ status }) => status === "FAIL").length, 3);
  assert.ok(!JSON.stringify(findings).includes("hunter2"));
});

Deno.test("checkChain() asks each address of the registry", async () => {
  await using registry = new FakeRegistry();
  await using page = new FakeRegistry();
  page.fault = () => new Response("<html>");
  const [free] = freePorts(1);
  const check = async (urls: readonly string[], login = "") => {
    const config = "source: {kafka: {brokers: ['127.0.0.1:1'], topics: [t]}}\nwords: {from: field}\n" +
      `records: {format: avro, schema_registry: {url: "${urls.join(", ")}"${login}}}`;
    const url = `http://127.0.0.1:${free}`;
    const found = await checkChain(options(config, { clock: systemClock, url, prometheus: url }));
    return found.filter((finding) => finding.check === "registry");
  };
  const url =
    "check the host and the path of records.schema_registry.url (Apicurio's ends with /apis/ccompat/v7)";
  assert.deepEqual(await check([registry.url, page.url]), [
    { check: "registry", status: "ok", message: `${registry.url} answers` },
    {
      check: "registry",
      status: "warn",
      message: `${page.url}: the answer is not JSON; another address works`,
      remedy: url,
    },
  ]);
  assert.deepEqual(await check([`http://127.0.0.1:${free}/`]), [{
    check: "registry",
    status: "FAIL",
    message: `http://127.0.0.1:${free}: connection refused`,
    remedy: "correct it, or restart the registry",
  }]);
  const [unsent] = await check([registry.url], ", token_file: /no/such/token");
  assert.match(unsent.message, /:\d+: cannot read the token in \/no\/such\/token: No such/);
  assert.equal(
    unsent.remedy,
    "see the program that renews it, or correct records.schema_registry.token_file",
  );
});

Deno.test("checkChain() probes no daemon at an unknown port", async () => {
  const [free] = freePorts(1);
  const findings = await checkChain(
    options("source: {synthetic: {}}\nhttp: {listen: '127.0.0.1:0'}", {
      prometheus: `http://127.0.0.1:${free}`,
    }),
  );
  assert.deepEqual(lines(findings).slice(0, 2), [
    'ok config: f.yaml: "rtcount" counts an embedded stream',
    "warn daemon: not checked: http.listen takes any free port",
  ]);
});

Deno.test("urlOfListener() is a loopback address if the listener takes all addresses", () => {
  const rows: [string, string | undefined][] = [
    ["127.0.0.1:8000", "http://127.0.0.1:8000"],
    ["0.0.0.0:8000", "http://127.0.0.1:8000"],
    ["[::]:8000", "http://[::1]:8000"],
    ["[0:0:0:0:0:0:0:0]:8000", "http://[::1]:8000"],
    ["[::1]:8000", "http://[::1]:8000"],
    ["counter.example:80", "http://counter.example:80"],
    ["127.0.0.1:0", undefined],
  ];
  for (const [listen, url] of rows) assert.equal(urlOfListener({ listen, tls: {} }), url);
  const tls = { cert_file: "cert.pem", key_file: "key.pem" };
  assert.equal(urlOfListener({ listen: "[::]:8443", tls }), "https://[::1]:8443");
});
