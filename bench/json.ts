// Measures finding the text in records of JSON: the scanner against JSON.parse, alternately.

import { systemClock } from "../lib/async/clock.ts";
import { JsonTexts } from "../lib/formats/json/json_texts.ts";
import { median } from "../tests/oracle/median.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";

const WANTED_RATIO = 3;
const ROUNDS = 15;
const RECORDS = 4_000;
const RECORDS_PER_RUN = 256;

interface Batch {
  readonly bytes: Uint8Array;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Measures records of 1 KB with the text in the middle; takes about 1 s. */
export function measureJson(): BenchRow {
  const batch = makeBatch();
  const ours = skimmer();
  const ourTimes: number[] = [];
  const theirTimes: number[] = [];
  if (ours(batch) !== parse(batch)) throw new Error("the two find different texts");
  for (let round = 0; round < ROUNDS; round++) {
    ourTimes.push(nsPerRecord(ours, batch));
    theirTimes.push(nsPerRecord(parse, batch));
  }
  const our = median(ourTimes);
  const their = median(theirTimes);
  const bytes = Math.round(batch.bytes.length / RECORDS);
  return {
    name: `a member of ${bytes}-byte records of JSON against JSON.parse`,
    ratio: their / our,
    wanted: WANTED_RATIO,
    costNs: our,
    details: `${our.toFixed(0)} against ${their.toFixed(0)} ns a record`,
  };
}

function nsPerRecord(read: (batch: Batch) => number, batch: Batch): number {
  const start = systemClock.monotonicMs();
  read(batch);
  return (systemClock.monotonicMs() - start) * 1e6 / RECORDS;
}

/** Returns the number of bytes of text found. */
function skimmer(): (batch: Batch) => number {
  const texts = new JsonTexts("$.message");
  return ({ bytes, starts, ends }) => {
    let found = 0;
    for (let from = 0; from < RECORDS; from += RECORDS_PER_RUN) {
      texts.reset(bytes);
      const to = Math.min(RECORDS, from + RECORDS_PER_RUN);
      for (let i = from; i < to; i++) texts.add(starts[i], ends[i]);
      const { inPlace } = texts;
      for (let i = 0; i < inPlace.count; i++) found += inPlace.ends[i] - inPlace.starts[i];
    }
    return found;
  };
}

function parse({ bytes, starts, ends }: Batch): number {
  const decoder = new TextDecoder();
  let found = 0;
  for (let i = 0; i < RECORDS; i++) {
    found += JSON.parse(decoder.decode(bytes.subarray(starts[i], ends[i]))).message.length;
  }
  return found;
}

function makeBatch(): Batch {
  const encoder = new TextEncoder();
  const records = Array.from({ length: RECORDS }, (_, i) => encoder.encode(JSON.stringify(logRecord(i))));
  const ends: number[] = [];
  for (const record of records) ends.push((ends.at(-1) ?? 0) + record.length);
  const starts = records.map((record, i) => ends[i] - record.length);
  const bytes = new Uint8Array(ends[RECORDS - 1]);
  records.forEach((record, i) => bytes.set(record, starts[i]));
  return { bytes, starts, ends };
}

/** A request as services log it. */
function logRecord(i: number): unknown {
  return {
    timestamp: new Date(1_763_805_540_000 + i * 37).toISOString(),
    level: i % 10 === 0 ? "WARN" : "INFO",
    logger: "com.example.orders.OrderService",
    thread: `http-nio-8080-exec-${i % 32}`,
    host: "orders-7f9c6b5d4-x2x8p",
    service: { name: "orders", version: "4.17.2", environment: "production" },
    trace_id: (i * 2_654_435_761 % 2 ** 32).toString(16).padStart(32, "4bf92f3577b34da6"),
    user: { id: 184_467 + i, tier: "gold", new: false },
    request: { method: "POST", path: `/api/v2/orders/${i}/checkout`, bytes: 5_120 + i % 999 },
    message: `order placed,payment accepted,stock reserved,mail queued,customer ${i % 500} notified`,
    status: 200,
    duration_ms: 17.25 + i % 40,
    cached: i % 3 === 0,
    retry: null,
    remote: `203.0.113.${i % 256}`,
    agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0",
    referer: "https://shop.example/cart?step=payment",
    region: "eu-central-1",
    tags: ["checkout", "payment", "eu"],
    items: [{ sku: "A-100", quantity: 2, price: 9.99 }, { sku: "B-200", quantity: 1, price: 24.5 }],
    session: "c2Vzc2lvbi0xMjM0NTY3ODkwLWFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6",
    labels: { team: "commerce", pod: "orders-7f9c6b5d4-x2x8p" },
  };
}

if (import.meta.main) console.log(formatBenchRow(measureJson()));
