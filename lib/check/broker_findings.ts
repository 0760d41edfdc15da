// This file turns the facts about a broker into a finding with its remedy. The facts may also say that another kind of
// server answers at the broker's address.

import { formatAddress, splitAddress } from "../text/address.ts";
import type { ConnectionFault } from "../kafka/connection/kafka_error.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";
import type { BrokerFacts, BrokerState } from "./kafka_facts.ts";

const KEY = "source.kafka.brokers";

const REMEDIES: Readonly<Record<ConnectionFault, string>> = {
  "certificate-expired": "renew the certificate, and restart the broker",
  "certificate-not-yet-valid": "set this machine's clock (timedatectl) if it is wrong, else the certificate",
  "wrong-name": `use a name from the certificate in ${KEY}, or set source.kafka.tls.server_name`,
  "unknown-authority":
    "set source.kafka.tls.ca_file to the certificate (PEM) of the authority that signed the broker's certificate",
  "client-certificate-wanted": "set source.kafka.tls.cert_file and source.kafka.tls.key_file",
  "client-certificate-refused":
    "have source.kafka.tls.cert_file signed by an authority in the broker's ssl.truststore",
  "plaintext-port": `set source.kafka.tls.enabled: false, or name the broker's TLS listener in ${KEY}`,
  "tls-port": `set source.kafka.tls.enabled: true, or name the broker's plaintext listener in ${KEY}`,
  "sasl-wanted": "set source.kafka.sasl: mechanism, username, password_file",
  "sasl-not-wanted": `remove source.kafka.sasl, or name the broker's SASL listener in ${KEY}`,
  "mechanism-not-offered": "set source.kafka.sasl.mechanism to one that the broker offers",
  "credentials-refused":
    "correct source.kafka.sasl: username, password_file; kafka-configs.sh --describe --entity-type users shows the " +
    "users that SCRAM knows",
  "token-unavailable": "correct source.kafka.sasl, or the place that its tokens come from",
  "token-refused":
    "compare issuer, audience and expiry of the token with the broker's sasl.oauthbearer.expected.issuer and " +
    "sasl.oauthbearer.expected.audience; its log says why it rejects a token",
};

/** Judges a broker of the configuration. */
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
    open &&
      `rtcount tries each address, but other clients may not: write ${
        formatAddress({ host: open.ip, port })
      } in ${KEY}`,
  );
}

/** Judges a broker that the cluster advertises: the daemon has to read its partitions at that address. */
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
      : `start that broker if it is down; otherwise set its advertised.listeners to an address that this machine ` +
        `reaches, or add ${splitAddress(address).host} to DNS or /etc/hosts`,
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
          `name a broker's port in ${KEY}: one of the node's "listeners" that is not in "controller.listener.names"`,
      };
    case "old":
      return {
        message: `the broker at ${address} is older than Kafka 2.3, the oldest supported version`,
        remedy: "upgrade the broker",
      };
    case "failed":
      if (state.fault !== undefined) {
        return { message: `${address}: ${state.reason}`, remedy: REMEDIES[state.fault] };
      }
      return state.speech === undefined ? unreachable(facts, state.reason) : notBroker(facts, state);
  }
}

/** No address of it is open. */
function unreachable({ address, addresses, elsewhere }: BrokerFacts, reason: string): Trouble {
  const { host, port } = splitAddress(address);
  if (addresses.length === 0) {
    return {
      message: `the host name of ${address} has no address: ${reason}`,
      remedy: `correct ${KEY}, or add ${host} to DNS or /etc/hosts`,
    };
  }
  if (elsewhere !== undefined) {
    return {
      message:
        `nothing listens at ${address} (connection refused), but a Kafka broker answers at ${elsewhere}`,
      remedy: `write ${elsewhere} in ${KEY}: the broker listens on ${
        elsewhere.startsWith("[") ? "IPv6" : "IPv4"
      } only`,
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
    remedy: `check that the host is up, and that no firewall drops packets to port ${port}`,
  };
}

/** Another server than a broker listens there, or a broker that does not answer. */
function notBroker(
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
        message: `${address} accepts connections but sends nothing`,
        remedy: `if it is a broker, it hangs: see its process and its log; otherwise correct ${KEY}`,
      };
    case "kafka":
      return {
        message: `a Kafka broker listens at ${address}, but: ${reason}`,
        remedy: "check again; the broker's log may say why it did not answer",
      };
    default:
      return {
        message: `the server at ${address} is no Kafka broker, or refuses this client: ${reason}`,
        remedy: `correct ${KEY}; if it is a broker, its log says why it closed the connection`,
      };
  }
}
