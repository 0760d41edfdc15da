// The signature of MSK's tokens. The vectors are AWS's own, from github.com/awslabs/aws-c-auth at 495329c2:
// tests/aws-signing-test-suite/v4/NAME/query-canonical-request.txt, query-string-to-sign.txt and query-signature.txt.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { AwsV4Signer } from "aws4fetch";
import { formatSigningTime, mskToken } from "../../lib/tokens/msk_token.ts";

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const NOW_MS = Date.UTC(2015, 7, 30, 12, 36);
const SESSION_TOKEN = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
const EMPTY_BODY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const SIGNED =
  "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2F" +
  "aws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires=3600";

interface Vector {
  readonly name: string;
  readonly path: string;
  readonly sessionToken?: string;
  readonly canonicalPath?: string;
  readonly canonicalQuery: string;
  readonly hash: string;
  readonly signature: string;
}

const VECTORS: readonly Vector[] = [
  {
    name: "get-vanilla",
    path: "/",
    canonicalQuery: `${SIGNED}&X-Amz-SignedHeaders=host`,
    hash: "bb7705b4aa3cb8e8f5e1e0b3d4c0b64030797a313c8ceee43e33117cc43eadc5",
    signature: "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d",
  },
  {
    name: "get-vanilla-with-session-token",
    path: "/",
    sessionToken: SESSION_TOKEN,
    canonicalQuery: `${SIGNED}&X-Amz-Security-Token=${SESSION_TOKEN}&X-Amz-SignedHeaders=host`,
    hash: "cb30434103085aa9e73780fc60dc9a9df818fd2a7b1de12a9f6f4d791f898761",
    signature: "7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c",
  },
  {
    name: "get-vanilla-query-order-encoded",
    path: "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
    canonicalQuery: `%E1%88%B4=Value1&Param=Value2&Param-3=Value3&${SIGNED}&X-Amz-SignedHeaders=host`,
    hash: "9808d6cdc8245c74e705c68350fc6a62b91778cdd613890e5d177998c02c6f53",
    signature: "c5f1848ceec943ac2ca68ee720460c23aaae30a2300586597ada94c4a65e4787",
  },
  {
    name: "get-unreserved",
    path: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    canonicalPath: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    canonicalQuery: `${SIGNED}&X-Amz-SignedHeaders=host`,
    hash: "3134f2fbc6ef58f34b74b01643a159bfccbc121ea4288a4b75e65bc805d08219",
    signature: "95968482db1b9e0fadef6efc1bd24689f77c77d9ef56919c96a28cc92e0d6005",
  },
];

Deno.test("AwsV4Signer signs AWS's vectors as AWS does", async () => {
  for (const { name, path, sessionToken, canonicalPath = "/", canonicalQuery, hash, signature } of VECTORS) {
    const url = new URL(path, "https://example.amazonaws.com");
    url.searchParams.set("X-Amz-Expires", "3600");
    const signer = new AwsV4Signer({
      url: url.href,
      ...KEYS,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      service: "service",
      region: "us-east-1",
      datetime: formatSigningTime(NOW_MS),
      signQuery: true,
    });
    const canonical = [
      "GET",
      canonicalPath,
      canonicalQuery,
      "host:example.amazonaws.com",
      "",
      "host",
      EMPTY_BODY,
    ];
    assert.equal(await signer.canonicalString(), canonical.join("\n"), name);
    const toSign = ["AWS4-HMAC-SHA256", "20150830T123600Z", "20150830/us-east-1/service/aws4_request", hash];
    assert.equal(await signer.stringToSign(), toSign.join("\n"), name);
    assert.equal(await signer.signature(), signature, name);
  }
});

Deno.test("mskToken() is an address that is signed for the time, the region and the credentials", async () => {
  const token = await mskToken({ ...KEYS, sessionToken: SESSION_TOKEN }, {
    region: "eu-central-1",
    nowMs: NOW_MS,
    expiresInSeconds: 900,
    userAgent: "rtcount/1",
  });
  const url = new URL(Buffer.from(token, "base64url").toString());
  assert.equal(url.origin, "https://kafka.eu-central-1.amazonaws.com");
  assert.deepEqual([...url.searchParams.keys()], [
    "Action",
    "User-Agent",
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
  ]);
});
