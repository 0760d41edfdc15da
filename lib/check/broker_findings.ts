// What to think of a broker that was seen, and above all of what is there in its place.

import { splitAddress } from "../text/address.ts";
import type { ConnectionFault } from "../kafka/connection/kafka_error.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";
import type { BrokerFacts, BrokerState } from "./kafka_facts.ts";

const KEY = "source.kafka.brokers";

const REMEDIES: Readonly<Record<ConnectionFault, string>> = {
  "certificate-expired": "renew the certificate, and restart or reload the broker",
  "certificate-not-yet-valid": "set this machine's clock (timedatectl) if it is wrong, else the certificate",
  "wrong-name": `write a name in ${KEY} that the certificate bears, or set source.kafka.tls.server_name`,
  "unknown-authority":
    "set source.kafka.tls.ca_file to the certificate (PEM) of the authority that signed the broker's",
  "client-certificate-wanted": "set source.kafka.tls.cert_file and source.kafka.tls.key_file",
  "client-certificate-refused":
    "have source.kafka.tls.cert_file signed by an authority that the broker's ssl.truststore holds",
  "plaintext-port": `set source.kafka.tls.enabled: false, or name the broker's TLS listener in ${KEY}`,
  "tls-port": `set source.kafka.tls.enabled: true, or name the broker's plaintext listener in ${KEY}`,
  "sasl-wanted": "set source.kafka.sasl: mechanism, username, password_file",
  "sasl-not-wanted": `leave source.kafka.sasl out, or name the broker's SASL listener in ${KEY}`,
  "mechanism-not-offered": "set source.kafka.sasl.mechanism to one that the broker offers",
  "credentials-refused":
    "correct source.kafka.sasl: username, password_file (or token_file); kafka-configs.sh --describe --entity-type " +
    "users shows whom SCRAM knows",
};

/** A broker of the configuration. */
export function judgeBroker(facts: BrokerFacts): Finding {
  const { address, state } = facts;
  if (state.kind !== "works") {
    const { message, remedy } = trouble(facts, state);
    return fail("broker", message, remedy);
  }
  const dead = facts.addresses.filter(({ state }) => state !== "open").map(({ ip }) => ip);
  if (dead.length === 0) return ok("broker", `${address} answers as a Kafka broker`);
  const { host, port } = splitAddress(address);
  const [open] = facts.addresses.filter(({ state }) => state === "open");
  return warn(
    "broker",
    `${address} answers as a Kafka broker, but ${host} is also ${dead.join(", ")}, where nothing listens`,
    open && `rtcount tries each, other clients may not: write ${shown(open.ip)}:${port} in ${KEY}`,
  );
}

/** A broker that the cluster names: its partitions are read at that address or not at all. */
export function judgeAdvertised(facts: BrokerFacts & { readonly nodeId: number }): Finding {
  const { address, state, nodeId } = facts;
  if (state.kind === "works") {
    return ok("broker", `node ${nodeId} answers at ${address}, as it advertises`);
  }
  const { message, remedy } = trouble(facts, state);
  const isReached = state.kind === "failed" && state.fault !== undefined;
  return fail(
    "broker",
    `node ${nodeId} advertises ${address}: ${message}`,
    isReached
      ? remedy
      : `start that broker if it is down; else set its advertised.listeners to an address that this ` +
        `machine reaches, or make ${splitAddress(address).host} known here (DNS, /etc/hosts)`,
  );
}

interface Trouble {
  readonly message: string;
  readonly remedy: string;
}

function trouble(facts: BrokerFacts, state: Exclude<BrokerState, { kind: "works" }>): Trouble {
  const { address } = facts;
  switch (state.kind) {
    case "controller":
      return {
        message: `${address} is the port of a KRaft controller, which serves no clients`,
        remedy:
          `name a broker's port in ${KEY}: of the node's "listeners" one that is not in "controller.listener.names"`,
      };
    case "old":
      return {
        message: `the broker at ${address} is older than Kafka 2.3, the oldest that is supported`,
        remedy: "upgrade the broker",
      };
    case "failed":
      if (state.fault !== undefined) {
        return { message: `${address}: ${state.reason}`, remedy: REMEDIES[state.fault] };
      }
      return state.speech === undefined ? unreachable(facts, state.reason) : misunderstood(facts, state);
  }
}

/** Nothing was open there. */
function unreachable({ address, addresses, elsewhere }: BrokerFacts, reason: string): Trouble {
  const { host, port } = splitAddress(address);
  if (addresses.length === 0) {
    return {
      message: `the host name of ${address} has no address: ${reason}`,
      remedy: `correct ${KEY}, or make ${host} known here (DNS, /etc/hosts)`,
    };
  }
  if (elsewhere !== undefined) {
    return {
      message:
        `nothing listens at ${address} (connection refused), but a Kafka broker answers at ${elsewhere}`,
      remedy: `write ${elsewhere} in ${KEY}: the broker listens on ${
        elsewhere.startsWith("[") ? "IPv6" : "IPv4"
      } alone`,
    };
  }
  const ips = addresses.map(({ ip }) => ip);
  const which = ips.length === 1 && ips[0] === host ? "" : `, which is ${ips.join(" and ")}`;
  if (addresses.every(({ state }) => state === "refused")) {
    return {
      message: `nothing listens at ${address}${which}: connection refused`,
      remedy: `start the broker, or correct ${KEY}: the broker's "listeners" names its port`,
    };
  }
  return {
    message: `no answer from ${address}${which}: ${reason}`,
    remedy: `see whether the host is up and no firewall drops what is sent to port ${port}`,
  };
}

/** Something listens there. */
function misunderstood(
  { address }: BrokerFacts,
  { reason, speech }: Extract<BrokerState, { kind: "failed" }>,
): Trouble {
  switch (speech) {
    case "http":
      return {
        message: `${address} is an HTTP server, not a Kafka broker`,
        remedy: `name a broker's Kafka listener in ${KEY}, not a web interface, a REST proxy or an exporter`,
      };
    case "silent":
      return {
        message: `${address} accepts connections and then says nothing`,
        remedy: "the broker hangs, or what listens there is none: look at its process and its log",
      };
    case "kafka":
      return {
        message: `a Kafka broker listens at ${address}, but: ${reason}`,
        remedy: "check again; the broker's log may say why it did not answer",
      };
    default:
      return {
        message: `what listens at ${address} is no Kafka broker, or does not take us for a client: ${reason}`,
        remedy: `correct ${KEY}; the broker's log says why it hung up, if it is one`,
      };
  }
}

function shown(ip: string): string {
  return ip.includes(":") ? `[${ip}]` : ip;
}
