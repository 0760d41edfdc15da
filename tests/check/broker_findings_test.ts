import assert from "node:assert/strict";
import { judgeAdvertised, judgeBroker } from "../../lib/check/broker_findings.ts";
import type { BrokerFacts, BrokerState } from "../../lib/check/kafka_facts.ts";
import type { ConnectionFault } from "../../lib/kafka/connection/kafka_error.ts";
import type { AddressFacts, Speech } from "../../lib/check/port_probe.ts";

const OPEN: AddressFacts = { ip: "10.0.0.1", state: "open" };
const REFUSED: AddressFacts = { ip: "10.0.0.1", state: "refused" };

function failed(speech?: Speech, fault?: ConnectionFault): BrokerState {
  return { kind: "failed", reason: "the reason", speech, fault };
}

function facts(state: BrokerState, more: Partial<BrokerFacts> = {}): BrokerFacts {
  return { address: "10.0.0.1:9092", state, addresses: [OPEN], ...more };
}

Deno.test("judgeBroker() names the server at the broker's address, and a remedy", () => {
  const rows: [BrokerFacts, message: RegExp, remedy: RegExp][] = [
    [facts({ kind: "controller" }), /KRaft controller/, /controller\.listener\.names/],
    [facts({ kind: "old" }), /older than Kafka 2\.3/, /upgrade/],
    [facts(failed("http")), /an HTTP server/, /Kafka listener/],
    [facts(failed("silent")), /sends nothing/, /hangs/],
    [facts(failed("closes")), /no Kafka broker, .*the reason/, /its log says why/],
    [facts(failed("other")), /no Kafka broker, .*the reason/, /source\.kafka\.brokers/],
    [facts(failed("kafka")), /listens at 10\.0\.0\.1:9092, but: the reason/, /check again/],
    [
      facts(failed(undefined, "tls-port"), { addresses: [] }),
      /^10\.0\.0\.1:9092: the reason$/,
      /source\.kafka\.tls\.enabled: true/,
    ],
    [
      facts(failed(undefined, "credentials-refused")),
      /: the reason$/,
      /source\.kafka\.sasl: .*password_file/,
    ],
    [
      facts(failed(), { addresses: [] }),
      /host name of 10\.0\.0\.1:9092 has no address: the reason/,
      /add 10\.0\.0\.1 to DNS or \/etc\/hosts/,
    ],
    [
      facts(failed(), { addresses: [REFUSED] }),
      /nothing listens at 10\.0\.0\.1:9092: connection refused/,
      /start/,
    ],
    [
      facts(failed(), { addresses: [{ ...REFUSED, state: "silent" }] }),
      /no answer from 10\.0\.0\.1:9092: the reason/,
      /firewall/,
    ],
    [
      facts(failed(), { address: "[::1]:9092", addresses: [REFUSED], elsewhere: "127.0.0.1:9092" }),
      /nothing listens at \[::1\]:9092 .*a Kafka broker answers at 127\.0\.0\.1:9092/,
      /write 127\.0\.0\.1:9092 .*IPv4 only/,
    ],
    [
      facts(failed(), { address: "127.0.0.1:9092", addresses: [REFUSED], elsewhere: "[::1]:9092" }),
      /answers at \[::1\]:9092/,
      /write \[::1\]:9092 .*IPv6 only/,
    ],
  ];
  for (const [seen, message, remedy] of rows) {
    const finding = judgeBroker(seen);
    assert.deepEqual([finding.check, finding.status], ["broker", "FAIL"]);
    assert.match(finding.message, message);
    assert.match(finding.remedy ?? "", remedy);
  }
});

Deno.test("judgeBroker() warns of a name that is ::1 first if the broker listens on IPv4 only", () => {
  const addresses: AddressFacts[] = [{ ip: "::1", state: "refused" }, { ip: "127.0.0.1", state: "open" }];
  assert.deepEqual(judgeBroker(facts({ kind: "works" }, { address: "localhost:9092", addresses })), {
    check: "broker",
    status: "warn",
    message: "localhost:9092 answers as a Kafka broker, but localhost is also ::1, where nothing listens",
    remedy:
      "rtcount tries each address, but other clients may not: write 127.0.0.1:9092 in source.kafka.brokers",
  });
  const both = addresses.map(({ ip }): AddressFacts => ({ ip, state: "open" }));
  assert.equal(judgeBroker(facts({ kind: "works" }, { addresses: both })).status, "ok");
});

Deno.test("judgeAdvertised() says that the address is the cluster's own", () => {
  const seen = { ...facts(failed(), { address: "kafka-2:9092", addresses: [] }), nodeId: 2 };
  const { status, message, remedy } = judgeAdvertised(seen);
  assert.equal(status, "FAIL");
  assert.match(message, /^node 2 advertises kafka-2:9092: .*no address/);
  assert.match(remedy ?? "", /advertised\.listeners/);
  assert.equal(judgeAdvertised({ ...facts({ kind: "works" }), nodeId: 2 }).status, "ok");
});
