// One broker that can be spoken to in every way, right and wrong: a listener for each.

import kafkajs from "kafkajs/index.js";
import { withAdmin } from "./admin.ts";
import { type KafkaCluster, type Listener, startKafka } from "./broker.ts";
import { type Certificate, CertificateAuthority } from "./certificates.ts";
import { missingForKafka } from "./distribution.ts";
import { missingPrograms } from "../machine.ts";

export const USER = "alice";
export const PASSWORD = "pass word of alice";
/** A topic, and a group, that nobody may use who logs in. */
export const FORBIDDEN = "forbidden";
/** A log-in at `SHORT` has to be renewed so often. The last fifth of it is there for a busy machine. */
export const SHORT_SESSION_MS = 8_000;

export interface SecuredKafka extends AsyncDisposable {
  readonly cluster: KafkaCluster;
  readonly authority: CertificateAuthority;
  /** That the brokers trust, and that they do not. */
  readonly ours: Certificate;
  readonly untrusted: Certificate;
  /** `127.0.0.1:PORT` of a listener. */
  address(listener: string): string;
}

/** Whether none can be started here. For `ignore` of the tests that need one. */
export async function missingForSecuredKafka(): Promise<boolean> {
  return missingPrograms("openssl").length > 0 || await missingForKafka() !== undefined;
}

const LOG_INS = {
  "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
  "plain.sasl.jaas.config": plainUser(PASSWORD),
  "scram-sha-256.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
  "scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
  // Takes tokens that nobody has signed.
  "oauthbearer.sasl.jaas.config":
    'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";',
};

/**
 * Its listeners: PLAIN_TEXT, TLS, MTLS; the same with `SASL_` in front; TLS with a certificate that is EXPIRED, FUTURE,
 * for a WRONG_NAME or by an UNKNOWN authority; PLAIN_ONLY of the mechanisms; OTHER_PASSWORD of the user; SHORT sessions.
 */
export async function startSecuredKafka(options: { readonly version?: string } = {}): Promise<SecuredKafka> {
  const authority = await CertificateAuthority.make("tests");
  const other = await CertificateAuthority.make("untrusted");
  const here = { names: "DNS:localhost,IP:127.0.0.1" };
  const certificates = {
    good: await authority.issue("good", here),
    expired: await authority.issue("expired", { ...here, from: "20200101000000Z", to: "20210101000000Z" }),
    future: await authority.issue("future", { ...here, from: "20400101000000Z", to: "20410101000000Z" }),
    wrongName: await authority.issue("wrong-name", { names: "DNS:broker.example,DNS:*.brokers.example" }),
    unknown: await other.issue("unknown", here),
  };
  const tls = ({ bothFile }: Certificate) => ({
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": bothFile,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": authority.file,
    "ssl.client.auth": "none",
  });
  const mutual = { ...tls(certificates.good), "ssl.client.auth": "required" };
  const short = Object.fromEntries(
    ["plain", "scram-sha-256", "oauthbearer"].map((mechanism) => [
      `${mechanism}.connections.max.reauth.ms`,
      String(SHORT_SESSION_MS),
    ]),
  );
  const listeners: Record<string, Listener> = {
    PLAIN_TEXT: { protocol: "PLAINTEXT" },
    TLS: { protocol: "SSL", properties: tls(certificates.good) },
    MTLS: { protocol: "SSL", properties: mutual },
    SASL_PLAIN_TEXT: { protocol: "SASL_PLAINTEXT", properties: LOG_INS },
    SASL_TLS: { protocol: "SASL_SSL", properties: { ...LOG_INS, ...tls(certificates.good) } },
    SASL_MTLS: { protocol: "SASL_SSL", properties: { ...LOG_INS, ...mutual } },
    EXPIRED: { protocol: "SSL", properties: tls(certificates.expired) },
    FUTURE: { protocol: "SSL", properties: tls(certificates.future) },
    WRONG_NAME: { protocol: "SSL", properties: tls(certificates.wrongName) },
    UNKNOWN: { protocol: "SSL", properties: tls(certificates.unknown) },
    PLAIN_ONLY: {
      protocol: "SASL_PLAINTEXT",
      properties: { ...LOG_INS, "sasl.enabled.mechanisms": "PLAIN" },
    },
    OTHER_PASSWORD: {
      protocol: "SASL_PLAINTEXT",
      properties: { ...LOG_INS, "plain.sasl.jaas.config": plainUser("another password") },
    },
    SHORT: { protocol: "SASL_PLAINTEXT", properties: { ...LOG_INS, ...short } },
  };
  const cluster = await startKafka({
    ...options,
    listeners,
    scramUsers: { [USER]: PASSWORD },
    properties: {
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "super.users": "User:ANONYMOUS",
      "allow.everyone.if.no.acl.found": "true",
    },
  });
  await cluster.createTopic(FORBIDDEN);
  await setForbidden(cluster.bootstrap, true);
  return {
    cluster,
    authority,
    ours: await authority.issue("client", { names: "DNS:client" }),
    untrusted: await other.issue("untrusted", { names: "DNS:untrusted" }),
    address(listener) {
      const address = cluster.listeners.get(listener);
      if (address === undefined) throw new Error(`no listener ${listener}`);
      return address;
    },
    async [Symbol.asyncDispose]() {
      await cluster.stop();
      await authority[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
}

function plainUser(password: string): string {
  return `org.apache.kafka.common.security.plain.PlainLoginModule required user_${USER}="${password}";`;
}

/** Forbids the use of `FORBIDDEN`, or allows it again. */
export async function setForbidden(bootstrap: string, isForbidden: boolean): Promise<void> {
  const { AclResourceTypes, AclOperationTypes, AclPermissionTypes, ResourcePatternTypes } = kafkajs;
  // Where a resource has a rule, who is not in it is out.
  const rules = [AclResourceTypes.TOPIC, AclResourceTypes.GROUP].map((resourceType) => ({
    resourceType,
    resourceName: FORBIDDEN,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: "User:nobody",
    host: "*",
    operation: AclOperationTypes.ALL,
    permissionType: AclPermissionTypes.ALLOW,
  }));
  await withAdmin(bootstrap, async (admin) => {
    if (isForbidden) await admin.createAcls({ acl: rules });
    else await admin.deleteAcls({ filters: rules });
  });
}

/** A token as its listeners take them: a JWT without a signature. */
export function makeToken({ expiresInMs = 3_600_000 }: { readonly expiresInMs?: number } = {}): string {
  const nowMs = Date.now();
  const claims = { sub: USER, iat: (nowMs - 10_000) / 1000, exp: (nowMs + expiresInMs) / 1000 };
  const encode = (part: object) =>
    btoa(JSON.stringify(part)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return `${encode({ alg: "none" })}.${encode(claims)}.`;
}
