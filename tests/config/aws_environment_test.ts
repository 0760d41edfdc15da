import assert from "node:assert/strict";
import { awsFiles, awsRegionOf, isAwsRegion, readAwsEnvironment } from "../../lib/config/aws_environment.ts";

Deno.test("awsRegionOf() finds the region in the first broker's name that has one", () => {
  const cases: [brokers: string[], region: string | undefined][] = [
    [["b-1.demo.abc123.c2.kafka.eu-central-1.amazonaws.com:9098"], "eu-central-1"],
    [["a:1", "boot-abc.c1.kafka-serverless.us-gov-west-1.amazonaws.com:9098"], "us-gov-west-1"],
    [["b-1.demo.abc123.c2.kafka.cn-north-1.amazonaws.com.cn:9098"], "cn-north-1"],
    [["b-1.kafka.eu-central-1.amazonaws.com.example:9098"], undefined],
    [["b-1.kafka.-.amazonaws.com:9098"], undefined],
    [["10.0.0.1:9098"], undefined],
  ];
  for (const [brokers, region] of cases) assert.equal(awsRegionOf(brokers), region, brokers[0]);
});

Deno.test("isAwsRegion() refuses what would change an address", () => {
  for (const region of ["eu-central-1", "us-gov-east-1", "us-iso-east-1", "mx-central-1"]) {
    assert.ok(isAwsRegion(region), region);
  }
  for (const text of ["", "eu", "EU-central-1", "eu-central-1.example", "eu-central-1/", "a-".repeat(40)]) {
    assert.ok(!isAwsRegion(text), text);
  }
});

Deno.test("readAwsEnvironment() takes AWS's variables that are not empty", () => {
  const variables = new Map([
    ["AWS_ACCESS_KEY_ID", ""],
    ["AWS_ROLE_ARN", "r"],
    ["AWS_WEB_IDENTITY_TOKEN_FILE", "/run/token"],
    ["AWS_OTHER", "x"],
  ]);
  const environment = readAwsEnvironment((name) => variables.get(name));
  assert.deepEqual([...environment], [["AWS_ROLE_ARN", "r"], ["AWS_WEB_IDENTITY_TOKEN_FILE", "/run/token"]]);
  assert.deepEqual(awsFiles(environment), ["/run/token"]);
  assert.deepEqual(awsFiles(undefined), []);
});
