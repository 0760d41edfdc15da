import assert from "node:assert/strict";
import fc from "fast-check";
import { type KafkaConfig, kcatLine, kcatOptions } from "../../lib/page/kcat_line.ts";

const PLAIN: KafkaConfig = {
  brokers: ["a:9092", "[::1]:9"],
  tls: { enabled: false },
  sasl: { mechanism: null },
};
const PLACE = { topic: "raw-events", partition: 2, offset: 1041 };

Deno.test("kcatLine() prints one record", () => {
  assert.equal(
    kcatLine(PLACE, { ...PLAIN, brokers: ["a:9092", "b:9092"] }),
    "kcat -C -b a:9092,b:9092 -t raw-events -p 2 -o 1041 -c 1",
  );
});

Deno.test("kcatLine() gives a shell each name as one word, or no line where a part of a name is invisible", async () => {
  const names = ["$(id)", "a b", "it's", "`x`;y", "-x", "*", "!!", '"', "~", "#c", "a&b|c>d"];
  for (const name of names) {
    const line = kcatLine({ ...PLACE, topic: name }, PLAIN);
    assert.ok(line !== undefined, name);
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `kcat() { for word; do printf '%s\\n' "$word"; done; }; ${line}`],
    }).output();
    const words = new TextDecoder().decode(stdout).split("\n");
    assert.deepEqual(words.slice(0, 7), ["-C", "-b", "a:9092,[::1]:9", "-t", name, "-p", "2"]);
  }
  for (const name of ["a\nb", "\u202ea", "a\u0000", "a\u200b", " a"]) {
    assert.equal(kcatLine({ ...PLACE, topic: name }, PLAIN), undefined);
  }
});

Deno.test("kcatLine() quotes whatever it shows", () => {
  fc.assert(fc.property(fc.string(), (topic) => {
    const line = kcatLine({ ...PLACE, topic }, { ...PLAIN, brokers: ["a:1"] });
    if (line === undefined) return;
    const quoted = line.slice("kcat -C -b a:1 -t ".length, -" -p 2 -o 1041 -c 1".length);
    const isQuoted = quoted === `'${topic.replaceAll("'", "'\\''")}'`;
    assert.ok(isQuoted || (quoted === topic && /^[\w.:,@/][\w.:,@/-]*$/.test(topic)));
  }));
});

Deno.test("kcatOptions() names the options for TLS and logins, without a secret", () => {
  const of = (enabled: boolean, mechanism: string | null) =>
    kcatOptions({ ...PLAIN, tls: { enabled }, sasl: { mechanism } });
  assert.deepEqual(of(false, null), []);
  assert.deepEqual(of(true, null), ["security.protocol=SSL", "ssl.ca.location"]);
  assert.deepEqual(of(false, "plain"), [
    "security.protocol=SASL_PLAINTEXT",
    "sasl.mechanism=PLAIN",
    "sasl.username",
    "sasl.password",
  ]);
  assert.deepEqual(of(true, "oauthbearer"), [
    "security.protocol=SASL_SSL",
    "ssl.ca.location",
    "sasl.mechanism=OAUTHBEARER",
    "sasl.oauthbearer.*",
  ]);
});
