import assert from "node:assert/strict";
import { parseHttpAddress } from "../../lib/http_client/http_address.ts";
import { RegistryClient, type RegistryOptions } from "../../lib/registry/registry_client.ts";
import { FakeRegistry } from "../fakes/fake_registry.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { freePorts } from "../machine/free_ports.ts";

function clientOf(urls: readonly string[], options: Partial<RegistryOptions> = {}): RegistryClient {
  return new RegistryClient({
    addresses: urls.map((url) => parseHttpAddress(url) ?? assert.fail(url)),
    login: () => Promise.resolve({ kind: "header", value: undefined }),
    // A slow machine meets no time limit.
    clock: new ManualClock(),
    signal: new AbortController().signal,
    ...options,
  });
}

Deno.test("RegistryClient.schema() finds schemas by number and UUID, with all that they refer to, in order", async () => {
  await using registry = new FakeRegistry();
  registry.register("c", { schema: '"int"' });
  const toC = [{ name: "org.C", subject: "c", version: 1 }];
  registry.register("a/b ä", { schema: '"long"', references: toC });
  const id = registry.register("top", {
    schema: '"string"',
    references: [{ name: "org.B", subject: "a/b ä", version: 1 }, ...toC],
  });
  const client = clientOf([registry.url]);
  const wanted = {
    kind: "schema",
    type: "AVRO",
    schema: {
      text: '"string"',
      references: [{ name: "org.C", text: '"int"' }, { name: "org.B", text: '"long"' }],
    },
  };
  assert.deepEqual(await client.schema(id), wanted);
  assert.deepEqual(await client.schema(registry.guidOf(id)), wanted);
  assert.deepEqual(await client.schema(99), { kind: "missing" });
  assert.deepEqual(await client.faults(), [{ url: registry.url, fault: undefined }]);
});

Deno.test("RegistryClient.schema() takes nothing for a missing schema but the registry's own word", async () => {
  await using registry = new FakeRegistry();
  const id = registry.register("s", { schema: '"int"' });
  const html = { "content-type": "text/html" };
  const rows: [answer: () => Response, reason: RegExp][] = [
    [
      () => new Response("<html>", { status: 404, headers: html }),
      /no registry is at this address \(status 404\): check the host/,
    ],
    [() => Response.json({ error_code: 404 }, { status: 404 }), /no registry is at this address/],
    [() => new Response("<html>", { headers: html }), /the answer is not JSON: check the host and the path/],
    [() => Response.json({ login: true }), /the answer has no schema: check the host/],
    [() => Response.json({ schema: 7 }), /the answer has no schema/],
    [() => Response.json({ schema: '"int"', references: [null] }), /the answer has no schema/],
    [() => Response.json({ schema: '"int"', references: {} }), /the answer has no schema/],
    [
      () => Response.json({}, { status: 401 }),
      /it wants a login \(status 401\): check records\.schema_registry\.username/,
    ],
    [
      () => Response.json({ schema: '"int"', references: [{ name: "a", subject: "\ud800", version: 1 }] }),
      /the answer has no schema/,
    ],
    [() => Response.json({}, { status: 403 }), /the user may not read schemas \(status 403\)/],
    [
      () => Response.json({ message: "x".repeat(1_000) }, { status: 500 }),
      /it answered with status 500 \(x{200}\): see the log of the registry$/,
    ],
    [
      () => Response.redirect("http://127.0.0.1:1/"),
      /it redirects to another address \(status 302\): write the final address in records\.schema_registry\.url$/,
    ],
    [() => new Response("x".repeat(5 << 20)), /the answer is longer than 4194304 bytes/],
    [() => new Response("[".repeat(1 << 20)), /the answer is not JSON/],
  ];
  const client = clientOf([registry.url]);
  for (const [answer, reason] of rows) {
    registry.fault = () => answer();
    const outcome = await client.schema(id);
    assert.equal(outcome.kind, "failure", String(reason));
    const text = outcome.kind === "failure" ? outcome.reason : "";
    assert.match(text, reason);
    assert.ok(text.startsWith(`${registry.url}: `), text);
  }
});

Deno.test("RegistryClient.schema() takes null for a type and references that are absent", async () => {
  await using registry = new FakeRegistry();
  registry.fault = () => Response.json({ schema: '"int"', schemaType: null, references: null });
  assert.deepEqual(await clientOf([registry.url]).schema(1), {
    kind: "schema",
    type: "AVRO",
    schema: { text: '"int"', references: [] },
  });
});

Deno.test("RegistryClient.schema() ends an answer that comes byte by byte at the time limit", async () => {
  await using registry = new FakeRegistry();
  const clock = new ManualClock();
  const begun = Promise.withResolvers<void>();
  registry.fault = () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('{"schema": "')),
        pull: () => begun.resolve(),
        cancel() {},
      }),
    );
  const outcome = clientOf([registry.url], { clock }).schema(1);
  await begun.promise;
  clock.advance(4_999);
  clock.advance(1);
  assert.deepEqual(await outcome, { kind: "failure", reason: `${registry.url}: no answer within 5 s` });
});

Deno.test("RegistryClient.schema() fails if a reference is missing, has no end, or refers to itself for ever", async () => {
  await using registry = new FakeRegistry();
  const refer = (subject: string, version = 1) => ({ name: `n${subject}.${version}`, subject, version });
  const lost = registry.register("lost", { schema: '"int"', references: [refer("nowhere")] });
  const loop = registry.register("loop", { schema: '"int"', references: [refer("loop")] });
  const wide = registry.register("wide", {
    schema: '"int"',
    references: Array.from({ length: 300 }, (_, i) => ({ ...refer("c"), name: `n${i}` })),
  });
  registry.register("c", { schema: '"int"' });
  const vast = registry.register("vast", { schema: '"int"', references: [refer("x".repeat(3_000))] });
  const client = clientOf([registry.url]);
  const reasonOf = async (id: number) => JSON.stringify(await client.schema(id));
  assert.match(
    await reasonOf(lost),
    /version 1 of the subject \\"nowhere\\", which it refers to, does not exist/,
  );
  assert.match(await reasonOf(vast), /version 1 of the subject \\"x{200}\\", which/);
  assert.match(await reasonOf(loop), /its references are nested more than 32 deep/);
  assert.match(await reasonOf(wide), /it refers to more than 256 schemas/);
});

Deno.test("RegistryClient.schema() tries the addresses in turn, and continues with the one that answers", async () => {
  await using registry = new FakeRegistry();
  await using broken = new FakeRegistry();
  broken.fault = () => new Response("", { status: 503 });
  const id = registry.register("s", { schema: '"int"' });
  const [port] = freePorts(1);
  const dead = `http://127.0.0.1:${port}`;
  const client = clientOf([dead, broken.url, registry.url]);
  assert.equal((await client.schema(id)).kind, "schema");
  assert.equal((await client.schema(id)).kind, "schema");
  assert.equal(broken.requests.length, 1);
  const outcome = await clientOf([dead, broken.url]).schema(id);
  assert.deepEqual(outcome, {
    kind: "failure",
    reason:
      `${dead}: connection refused; ${broken.url}: it answered with status 503: see the log of the registry`,
  });
  assert.deepEqual((await client.faults()).map(({ fault }) => fault), [
    { problem: "connection refused" },
    { problem: "it answered with status 503", remedy: "see the log of the registry" },
    undefined,
  ]);
});

Deno.test("RegistryClient.schema() sends the login of the moment, and says so if it cannot be read", async () => {
  await using registry = new FakeRegistry();
  const id = registry.register("s", { schema: '"int"' });
  const seen: (string | null)[] = [];
  registry.fault = (_, { headers }) => {
    seen.push(headers.get("authorization"), headers.get("accept"));
    return undefined;
  };
  let token = 0;
  const client = clientOf([registry.url], {
    login: () => Promise.resolve({ kind: "header", value: `Bearer t${token++}` }),
  });
  await client.schema(id);
  await client.schema(id);
  const accept = "application/vnd.schemaregistry.v1+json, application/json";
  assert.deepEqual(seen, ["Bearer t0", accept, "Bearer t1", accept]);
  const fault = { problem: "cannot read the token in /t: no such file", remedy: "correct the file" };
  const failing = clientOf([registry.url], { login: () => Promise.resolve({ kind: "fault", fault }) });
  assert.deepEqual(await failing.schema(id), {
    kind: "failure",
    reason: `${registry.url}: cannot read the token in /t: no such file: correct the file`,
  });
  assert.deepEqual(await failing.faults(), [{ url: registry.url, fault }]);
});

Deno.test("RegistryClient.schema() shows no secret that the registry repeats", async () => {
  await using registry = new FakeRegistry();
  const logins = [`Basic ${btoa("user:pass:Woerd")}`, "Bearer t0ken.s3cret"];
  for (const login of logins) {
    registry.fault = (_, { headers }) => {
      const message = `pass:Woerd and ${headers.get("authorization")}\nfail`;
      return Response.json({ message }, { status: 500 });
    };
    const client = clientOf([registry.url], {
      login: () => Promise.resolve({ kind: "header", value: login }),
    });
    const said = JSON.stringify([await client.schema(1), await client.faults()]);
    assert.match(said, /500 \(.*<secret> fail\): see the log/);
    assert.match(said, /500 \(.*<secret> fail\)","remedy":"see the log/);
    assert.doesNotMatch(said, login.startsWith("Basic") ? /Woerd|dXNlcj/ : /s3cret/);
  }
});

Deno.test("RegistryClient.schema() fetches no more references than a schema may be long", async () => {
  await using registry = new FakeRegistry();
  const long = JSON.stringify("x".repeat(2_000_000));
  const references = Array.from({ length: 9 }, (_, i) => ({ name: `n${i}`, subject: `s${i}`, version: 1 }));
  for (const { subject } of references) registry.register(subject, { schema: long });
  const id = registry.register("top", { schema: '"int"', references });
  const outcome = await clientOf([registry.url]).schema(id);
  assert.equal(outcome.kind === "schema" && outcome.schema.references.length, 3);
});
