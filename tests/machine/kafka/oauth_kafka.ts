// An authorization server, and a broker that accepts its tokens alone.

import { Buffer } from "node:buffer";
import { generateKeyPairSync, sign } from "node:crypto";
import { type KafkaCluster, type Listener, startKafka } from "./broker.ts";
import { CertificateAuthority } from "./certificates.ts";

export const CLIENT_ID = "counter";
export const CLIENT_SECRET = "s3cret~of the counter";
export const SCOPE = "kafka";
export const AUDIENCE = "the-cluster";
const ISSUER = "https://idp.example/realm";
const KEY_ID = "key-1";
/** Much longer than the lifetime that the endpoint tells: a slow machine does not let a token expire. */
const TOKEN_SECONDS = 600;

export interface TokenIssuer extends AsyncDisposable {
  /** The endpoint of tokens, over TLS. */
  readonly tokenUrl: string;
  /** An endpoint that never answers. */
  readonly silentUrl: string;
  /** The keys of the issuer, for brokers. */
  readonly jwksUrl: string;
  readonly authority: CertificateAuthority;
  /** All tokens so far. */
  readonly issued: string[];
}

/** @param expiresInSeconds the lifetime that the endpoint tells */
export async function startTokenIssuer(expiresInSeconds: number): Promise<TokenIssuer> {
  const authority = await CertificateAuthority.make("identity-tests");
  const { certificateFile, keyFile } = await authority.issue("idp", { names: "IP:127.0.0.1" });
  const [cert, key] = [certificateFile, keyFile].map((file) => Deno.readTextFileSync(file));
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const issued: string[] = [];
  const over = Promise.withResolvers<Response>();
  const makeToken = (): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: ISSUER,
      aud: AUDIENCE,
      sub: CLIENT_ID,
      scope: SCOPE,
      iat: now,
      exp: now + TOKEN_SECONDS,
    };
    const parts = [{ alg: "RS256", kid: KEY_ID, typ: "JWT" }, { ...claims, jti: crypto.randomUUID() }];
    const head = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    return `${head}.${sign("sha256", Buffer.from(head), privateKey).toString("base64url")}`;
  };
  const answer = async (request: Request): Promise<Response> => {
    if (new URL(request.url).pathname === "/silent") return await over.promise;
    const login = Buffer.from(request.headers.get("authorization")?.slice(6) ?? "", "base64").toString();
    const [id, secret] = login.split(":").map(decodeURIComponent);
    if (id !== CLIENT_ID || secret !== CLIENT_SECRET) {
      return Response.json({ error: "invalid_client", error_description: `not ${secret}` }, { status: 401 });
    }
    const scope = new URLSearchParams(await request.text()).get("scope");
    if (scope !== SCOPE) return Response.json({ error: "invalid_scope" }, { status: 400 });
    issued.push(makeToken());
    return Response.json({ access_token: issued.at(-1), token_type: "Bearer", expires_in: expiresInSeconds });
  };
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const tokens = Deno.serve({ ...options, cert, key }, answer);
  const keys = [{ ...publicKey.export({ format: "jwk" }), kid: KEY_ID, use: "sig", alg: "RS256" }];
  const jwks = Deno.serve(options, () => Response.json({ keys }));
  return {
    tokenUrl: `https://127.0.0.1:${tokens.addr.port}/token`,
    silentUrl: `https://127.0.0.1:${tokens.addr.port}/silent`,
    jwksUrl: `http://127.0.0.1:${jwks.addr.port}/keys`,
    authority,
    issued,
    async [Symbol.asyncDispose]() {
      over.resolve(new Response(null, { status: 503 }));
      await Promise.all([tokens.shutdown(), jwks.shutdown(), authority[Symbol.asyncDispose]()]);
    },
  };
}

export interface OauthKafka extends KafkaCluster {
  /** `127.0.0.1:PORT` of a listener that accepts tokens of the issuer. */
  readonly oauthAddress: string;
  /** The same for another audience: it rejects all of them. */
  readonly otherAudienceAddress: string;
}

export async function startOauthKafka(
  { jwksUrl }: TokenIssuer,
  { version }: { readonly version: string },
): Promise<OauthKafka> {
  const handlers = "org.apache.kafka.common.security.oauthbearer";
  const listener = (audience: string): Listener => ({
    protocol: "SASL_PLAINTEXT",
    properties: {
      "sasl.enabled.mechanisms": "OAUTHBEARER",
      "oauthbearer.sasl.jaas.config": `${handlers}.OAuthBearerLoginModule required;`,
      "oauthbearer.sasl.server.callback.handler.class": `${handlers}.OAuthBearerValidatorCallbackHandler`,
      "sasl.oauthbearer.jwks.endpoint.url": jwksUrl,
      "sasl.oauthbearer.expected.audience": audience,
      "sasl.oauthbearer.expected.issuer": ISSUER,
    },
  });
  const cluster = await startKafka({
    version,
    javaProperties: { "org.apache.kafka.sasl.oauthbearer.allowed.urls": jwksUrl },
    listeners: { OAUTH: listener(AUDIENCE), OTHER: listener("another-cluster") },
  });
  const [oauthAddress, otherAudienceAddress] = ["OAUTH", "OTHER"].map((name) =>
    cluster.listeners.get(name) ?? ""
  );
  return { ...cluster, oauthAddress, otherAudienceAddress };
}
