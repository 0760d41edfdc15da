// Names from outside that plain objects have by themselves, such as constructor and __proto__.

import assert from "node:assert/strict";
import { ConfigError } from "../../lib/config/config_error.ts";
import { parseConfig, type ParseConfigOptions } from "../../lib/config/load.ts";
import { showConfig } from "../../lib/config/show.ts";

const LINES = "source: {lines: {}}\n";
const NAMES = Object.getOwnPropertyNames(Object.prototype);

function problemsOf(text: string, options: ParseConfigOptions = {}): string[] {
  try {
    parseConfig(text, { file: "f", ...options });
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split("\n");
  }
  return [];
}

for (const name of NAMES) {
  Deno.test(`parseConfig() takes ${name} as any other key of YAML`, () => {
    const unknown: [text: string, problem: string][] = [
      [`${LINES}${name}: 1`, `f:2:1: ${name}: unknown key`],
      [`${LINES}${name}: `, `f:2:1: ${name}: unknown key`],
      [`${LINES}${name}: {a: 1}`, `f:2:1: ${name}: unknown key`],
      [`${LINES}rate: {${name}: 1}`, `f:2:8: rate.${name}: unknown key`],
      [`source: {lines: {${name}: x}}`, `f:1:18: source.lines.${name}: unknown key`],
      [`source: {${name}: {}}`, `f:1:10: source.${name}: unknown key`],
      [
        `source: {synthetic: {tasks: [{name: t, rate: 1, ${name}: 2}]}}`,
        `f:1:49: source.synthetic.tasks.0.${name}: unknown key`,
      ],
      [
        `source: {lines: &${name} {${name}: x}}`,
        `f:1:${20 + name.length}: source.lines.${name}: unknown key`,
      ],
      [`${LINES}rate: {<<: {${name}: 1}}`, `f:2:13: rate.${name}: unknown key`],
      [`${LINES}${name}: 1\n${name}: 2`, `f:3:1: ${name}: is given twice, wanted once`],
    ];
    for (const [text, problem] of unknown) {
      assert.ok(problemsOf(text).includes(problem), `${text}\n${problemsOf(text).join("\n")}`);
    }
    assert.equal(Object.getPrototypeOf({}), Object.prototype);
  });

  Deno.test(`parseConfig() takes ${name} as any other name of a SASL extension`, () => {
    const sasl = (extensions: string) =>
      "source: {kafka: {brokers: [b:1], topics: [t], sasl: {mechanism: oauthbearer, oauth: {client_id: c,\n" +
      `  client_secret: s, token_url: "http://a", extensions: ${extensions}}}}}`;
    const isName = /^[A-Za-z]+$/.test(name);
    const path = `source.kafka.sasl.oauth.extensions.${name}`;
    const wrong = "wanted letters only, and not auth";
    const extension = `{${name}: x}`;
    const inFile = problemsOf(sasl(extension));
    assert.deepEqual(inFile, isName ? [] : [`f:2:57: ${path}: is no name here, ${wrong}`]);
    const merged = problemsOf(sasl(`{<<: {${name}: x}}`));
    assert.deepEqual(merged, isName ? [] : [`f:2:62: ${path}: is no name here, ${wrong}`]);
    const set = problemsOf(sasl("{}"), { sets: [`source.kafka.sasl.oauth.extensions=${extension}`] });
    const option = "--set source.kafka.sasl.oauth.extensions";
    assert.deepEqual(set, isName ? [] : [`${option}: ${path}: is no name here, ${wrong}`]);
  });

  Deno.test(`parseConfig() takes ${name} as any other value`, () => {
    const text = `name: &${name} ${name}\nsource: {synthetic: {tasks: [{name: *${name}, rate: 1}]}}\n` +
      `words: {stop_words: [${name}]}\n`;
    const config = parseConfig(text);
    assert.equal(config.name, name);
    assert.equal(config.source.synthetic?.tasks[0].name, name);
    assert.deepEqual(config.words.stop_words, [name]);
    assert.match(JSON.stringify(showConfig(config)), new RegExp(`"stop_words":\\["${name}"\\]`));
    const kafka = parseConfig(`source: {kafka: {brokers: ["${name}:1"], topics: [${name}], group: ${name}}}`);
    assert.deepEqual(kafka.source.kafka?.topics, [name]);
    assert.deepEqual(problemsOf(`${LINES}log: {level: ${name}}`), [
      `f:2:14: log.level: is "${name}", wanted debug, info, warn or error`,
    ]);
  });

  Deno.test(`parseConfig() takes \${${name}} for a variable like any other`, () => {
    const text = `${LINES}name: \${${name}}`;
    assert.deepEqual(problemsOf(text), [
      `f:2:7: name: needs the environment variable "${name}", which is not set (a plain \${ is written $\${)`,
    ]);
    assert.equal(parseConfig(text, { env: (asked) => `value of ${asked}` }).name, `value of ${name}`);
  });

  Deno.test(`parseConfig() takes --set ${name} for a key like any other`, () => {
    const rows: [setting: string, problem: string][] = [
      [`${name}=1`, `--set ${name}: unknown key "${name}"`],
      [`${name}.x=1`, `--set ${name}.x: unknown key "${name}"`],
      [`rate.${name}=1`, `--set rate.${name}: unknown key "${name}"`],
      [`source.${name}.path=x`, `--set source.${name}.path: unknown key "${name}"`],
      [
        `source.synthetic.tasks.${name}=1`,
        `--set source.synthetic.tasks.${name}: "${name}" is not an index of this list, wanted 0 to 1`,
      ],
      [`source.synthetic.tasks.0.${name}=1`, `--set source.synthetic.tasks.0.${name}: unknown key "${name}"`],
      [`top.${name}=1`, `--set top.${name}: there is nothing below top`],
      [`rate={${name}: 1}`, `--set rate: rate.${name}: unknown key`],
    ];
    for (const [setting, problem] of rows) {
      assert.deepEqual(problemsOf(LINES, { sets: [setting] }), [problem], setting);
    }
    const { name: set } = parseConfig(LINES, { sets: [`name=${name}`] });
    assert.equal(set, name);
  });
}
