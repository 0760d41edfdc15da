import assert from "node:assert/strict";
import { BrokerConnectionError, ErrorCode } from "../../lib/kafka/connection/kafka_error.ts";
import type { ProducerRecord } from "../../lib/kafka/wire/record_batch_encoder.ts";
import { KafkaOutput, PATIENCE_MS } from "../../lib/sink/kafka_output.ts";
import { FakeProduceClient } from "../fakes/fake_produce_client.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { settle } from "../fakes/settle.ts";

const LINGER_MS = 10;
const MAX_RECORDS = 8;

function setUp(options: { readonly dropWhenFull?: "oldest" | "newest" } = {}) {
  const client = new FakeProduceClient();
  const clock = new ManualClock();
  const lines: string[] = [];
  const write = (message: string) => void lines.push(message);
  const output = new KafkaOutput({
    name: "kafka",
    topic: "out",
    client,
    maxRecords: MAX_RECORDS,
    maxBytes: 1_000_000,
    dropWhenFull: options.dropWhenFull ?? "oldest",
    lingerMs: LINGER_MS,
    maxRecordsPerAttempt: 100,
    clock,
    log: { info: write, warn: write },
  });
  /** Lets time pass in steps, and settles all promises after each. */
  const pass = async (ms: number, stepMs = LINGER_MS) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await settle();
      clock.advance(stepMs);
    }
    await settle();
  };
  output.start();
  return { client, clock, output, lines, pass };
}

function record(name: string): ProducerRecord {
  return { key: new TextEncoder().encode(name), value: null, headers: [], timestampMs: 1 };
}

function putSome(output: KafkaOutput, count: number): void {
  for (let i = 0; i < count; i++) output.put(record(`record ${i}`));
}

const refuse = () => 29; // TOPIC_AUTHORIZATION_FAILED
const never = () => new Promise<number>(() => {});

/** The result of `settled()` once it has one. */
function watch(output: KafkaOutput): { readonly result: boolean | undefined } {
  const seen: { result: boolean | undefined } = { result: undefined };
  void output.settled().then((result) => seen.result = result);
  return seen;
}

Deno.test("KafkaOutput sends records put within its linger time together, and counts them", async () => {
  const { client, output, pass } = setUp();
  putSome(output, 3);
  await pass(2 * LINGER_MS);
  assert.equal(client.sent.length, 1);
  assert.deepEqual(output.totals, { output: "kafka", sent: 3, dropped: 0, failed: 0, retries: 0, queued: 0 });
  await output.stop();
  assert.ok(client.closed);
});

Deno.test("KafkaOutput.settled() waits for the records put before the call and for no later one", async () => {
  const { client, output, pass } = setUp();
  const { promise: answered, resolve: answer } = Promise.withResolvers<number>();
  client.answer = () => answered;
  putSome(output, 2);
  assert.equal(output.isSettled, false);
  const seen = watch(output);
  await pass(5 * LINGER_MS);
  assert.equal(seen.result, undefined);
  client.answer = never;
  output.put(record("later"));
  answer(ErrorCode.none);
  await pass(5 * LINGER_MS);
  assert.equal(seen.result, true);
  assert.equal(output.isSettled, false);
});

Deno.test("KafkaOutput.settled() waits for PATIENCE_MS while sending fails, and not at all after that", async () => {
  const { client, output, pass, lines } = setUp();
  client.answer = refuse;
  putSome(output, 1);
  const seen = watch(output);
  await pass(PATIENCE_MS - 100, 50);
  assert.equal(seen.result, undefined);
  await pass(200);
  assert.equal(seen.result, true);
  output.put(record("another"));
  assert.equal(output.isSettled, true);
  assert.ok(output.totals.retries > 2);
  assert.equal(lines.length, 1);
  assert.match(lines[0], /TOPIC_AUTHORIZATION_FAILED.*; trying again$/);

  client.answer = () => ErrorCode.none;
  await pass(11_000, 50);
  assert.equal(output.totals.sent, 2);
  client.answer = never;
  output.put(record("third"));
  await pass(LINGER_MS);
  assert.equal(output.isSettled, false);
});

Deno.test("KafkaOutput.settled() waits for PATIENCE_MS for a broker that does not answer", async () => {
  const { client, output, pass } = setUp();
  client.answer = never;
  putSome(output, 1);
  const seen = watch(output);
  await pass(PATIENCE_MS - 100, 50);
  assert.equal(seen.result, undefined);
  await pass(200, 50);
  assert.equal(seen.result, true);
});

Deno.test("KafkaOutput is overrun while the topic takes less than is put, but not while it takes nothing", async () => {
  const { client, output, pass } = setUp();
  putSome(output, MAX_RECORDS / 2 - 1);
  assert.equal(output.isOverrun, false);
  output.put(record("half"));
  assert.equal(output.isOverrun, true);
  await pass(2 * LINGER_MS);
  assert.equal(output.isOverrun, false);
  client.answer = refuse;
  putSome(output, MAX_RECORDS / 2);
  assert.equal(output.isOverrun, true);
  await pass(2 * LINGER_MS);
  assert.equal(output.isOverrun, false);
});

Deno.test("KafkaOutput is not overrun for long by a broker that does not answer", async () => {
  const { client, output, pass } = setUp();
  client.answer = never;
  putSome(output, MAX_RECORDS);
  await pass(1_000, 50);
  assert.equal(output.isOverrun, true);
  await pass(5_000, 50);
  assert.equal(output.isOverrun, false);
});

Deno.test("KafkaOutput drops records without room, counts them, and logs that once", async () => {
  const { client, output, pass, lines } = setUp();
  client.answer = refuse;
  putSome(output, MAX_RECORDS + 1);
  await pass(2 * LINGER_MS);
  putSome(output, 3);
  await pass(5_000, 50);
  assert.equal(output.totals.dropped, 4);
  assert.equal(output.totals.queued, MAX_RECORDS);
  assert.equal(lines.length, 2, lines.join("\n"));
  assert.match(
    lines[1],
    /^the queue for the topic "out" is full \(8 records\): the oldest records are dropped; /,
  );
});

Deno.test("KafkaOutput.declines() counts a record that is not even made", () => {
  const { output } = setUp({ dropWhenFull: "newest" });
  assert.equal(output.declines(10), false);
  putSome(output, MAX_RECORDS);
  assert.equal(output.declines(10), true);
  assert.equal(output.totals.dropped, 1);
});

Deno.test("KafkaOutput counts a record that the broker refuses as failed, and continues", async () => {
  const { client, output, pass, lines } = setUp();
  client.answer = () => ErrorCode.messageTooLarge;
  putSome(output, 1);
  await pass(2 * LINGER_MS);
  client.answer = () => ErrorCode.none;
  putSome(output, 1);
  await pass(2 * LINGER_MS);
  const { sent, failed, retries } = output.totals;
  assert.deepEqual({ sent, failed, retries }, { sent: 1, failed: 1, retries: 0 });
  assert.deepEqual(lines, ["the broker refuses a record: it is dropped"]);
});

Deno.test("KafkaOutput.stop() sends the remaining records", async () => {
  const { client, output } = setUp();
  putSome(output, 5);
  await output.stop();
  assert.equal(client.sent.length, 1);
  assert.equal(output.totals.sent, 5);
  assert.equal(await output.settled(), true);
});

Deno.test("KafkaOutput.stop() gives up after a while, and settled() resolves to false then", async () => {
  const { client, output, pass, lines } = setUp();
  client.answer = () => {
    throw new BrokerConnectionError("broker", "no answer");
  };
  putSome(output, 5);
  await pass(LINGER_MS);
  const seen = watch(output);
  const stopping = output.stop();
  await pass(3_500, 50);
  await stopping;
  await settle();
  assert.equal(seen.result, false);
  assert.equal(output.totals.dropped, 5);
  assert.equal(lines.at(-1), "stopping drops records that the topic has not taken in time");
});

Deno.test("KafkaOutput.settled() rejects with an unexpected error", async () => {
  const { client, output, pass } = setUp();
  client.answer = () => {
    throw new TypeError("a mistake");
  };
  putSome(output, 1);
  const waiting = assert.rejects(output.settled(), TypeError);
  await pass(5 * LINGER_MS);
  await waiting;
});
