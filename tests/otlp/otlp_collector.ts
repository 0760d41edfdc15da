// A collector of OTLP/HTTP with JSON. It refuses every field that the protocol does not have, as a strict parser of
// protobuf's JSON does.

import assert from "node:assert/strict";

/** A number of a metric: its name, its attributes in order, its value. */
export interface ReceivedPoint {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReceivedPush {
  readonly path: string;
  readonly contentType: string | null;
  readonly body: string;
}

// deno-lint-ignore no-explicit-any -- it is foreign JSON
type Json = any;

export class OtlpCollector implements AsyncDisposable {
  readonly pushes: ReceivedPush[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #arrived = Promise.withResolvers<void>();

  constructor() {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      assert.equal(request.method, "POST");
      const body = await request.text();
      const { pathname } = new URL(request.url);
      this.pushes.push({ path: pathname, contentType: request.headers.get("content-type"), body });
      this.#arrived.resolve();
      this.#arrived = Promise.withResolvers();
      return new Response("{}");
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Waits until so many pushes have arrived. */
  async received(count: number): Promise<void> {
    while (this.pushes.length < count) await this.#arrived.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** The numbers of a request, and the attributes of its resource. Histograms become the samples that Prometheus has. */
export function readRequest(body: string): {
  readonly resource: Readonly<Record<string, string>>;
  readonly points: readonly ReceivedPoint[];
} {
  const request: Json = JSON.parse(body);
  only(request, ["resourceMetrics"]);
  const [{ resource, scopeMetrics, ...rest }] = request.resourceMetrics;
  only(rest, []);
  only(resource, ["attributes"]);
  const points = scopeMetrics.flatMap(({ scope, metrics, ...rest }: Json) => {
    only(rest, []);
    only(scope, ["name", "version"]);
    return metrics.flatMap(readMetric);
  });
  return { resource: readAttributes(resource.attributes), points };
}

function readMetric({ name, description, gauge, sum, histogram, ...rest }: Json): ReceivedPoint[] {
  only(rest, []);
  assert.equal(typeof description, "string");
  if (gauge !== undefined) {
    only(gauge, ["dataPoints"]);
    return gauge.dataPoints.map((point: Json) => readNumber(name, point, []));
  }
  if (sum !== undefined) {
    only(sum, ["aggregationTemporality", "isMonotonic", "dataPoints"]);
    assert.deepEqual([sum.aggregationTemporality, sum.isMonotonic], [2, true]);
    return sum.dataPoints.map((point: Json) => readNumber(name, point, ["startTimeUnixNano"]));
  }
  only(histogram, ["aggregationTemporality", "dataPoints"]);
  assert.equal(histogram.aggregationTemporality, 2);
  return histogram.dataPoints.flatMap((point: Json) => readHistogram(name, point));
}

function readNumber(name: string, point: Json, more: readonly string[]): ReceivedPoint {
  only(point, ["attributes", "asDouble", "timeUnixNano", ...more]);
  for (const time of ["timeUnixNano", ...more]) assert.match(point[time], /^\d{19}$/);
  return { name, attributes: readAttributes(point.attributes), value: Number(point.asDouble) };
}

function readHistogram(name: string, point: Json): ReceivedPoint[] {
  only(point, [
    "attributes",
    "count",
    "sum",
    "bucketCounts",
    "explicitBounds",
    "timeUnixNano",
    "startTimeUnixNano",
  ]);
  assert.equal(point.bucketCounts.length, point.explicitBounds.length + 1);
  let sum = 0;
  const buckets = point.bucketCounts.map((count: string, i: number) => {
    assert.match(count, /^\d+$/);
    sum += Number(count);
    const le = point.explicitBounds[i] === undefined ? "+Inf" : String(point.explicitBounds[i]);
    return { name: `${name}_bucket`, attributes: { le }, value: sum };
  });
  assert.equal(String(sum), point.count);
  return [
    ...buckets,
    { name: `${name}_sum`, attributes: {}, value: Number(point.sum) },
    { name: `${name}_count`, attributes: {}, value: sum },
  ];
}

function readAttributes(attributes: Json): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value, ...rest }: Json) => {
    only(rest, []);
    only(value, ["stringValue"]);
    return [key, value.stringValue];
  }));
}

function only(value: Json, fields: readonly string[]): void {
  for (const name of Object.keys(value)) {
    assert.ok(fields.includes(name), `the protocol has no field ${name} here`);
  }
}
