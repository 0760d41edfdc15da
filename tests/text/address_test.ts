import assert from "node:assert/strict";
import { formatAddress, isAddress, isLoopback, parseAddress, splitAddress } from "../../lib/text/address.ts";

Deno.test("parseAddress() and splitAddress() split an address, and formatAddress() joins it", () => {
  const rows = [
    ["localhost:9092", "localhost", 9092],
    ["10.0.0.1:1", "10.0.0.1", 1],
    ["[::1]:9092", "::1", 9092],
    ["[::ffff:10.0.0.1]:65535", "::ffff:10.0.0.1", 65_535],
    ["host:0", "host", 0],
  ] as const;
  for (const [address, host, port] of rows) {
    assert.deepEqual(parseAddress(address), { host, port });
    assert.deepEqual(splitAddress(address), { host, port });
    assert.equal(formatAddress({ host, port }), address);
  }
});

Deno.test("parseAddress() refuses text that is not HOST:PORT", () => {
  for (
    const text of [
      "",
      ":1",
      "host",
      "host:",
      "host:65536",
      "host:x",
      "host:-1",
      "::1:80",
      "a b:1",
      "[x]:1",
      "a/b:1",
    ]
  ) {
    assert.equal(parseAddress(text), undefined, text);
    assert.equal(isAddress(text), false, text);
  }
});

Deno.test("splitAddress() takes whatever host a broker advertises", () => {
  assert.deepEqual(splitAddress(formatAddress({ host: "", port: -1 })), { host: "", port: -1 });
  assert.deepEqual(splitAddress(formatAddress({ host: "a b", port: 5 })), { host: "a b", port: 5 });
});

Deno.test("isLoopback() knows the names and addresses of this machine", () => {
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "::1"]) assert.ok(isLoopback(host), host);
  for (const host of ["0.0.0.0", "::", "localhost.example", "10.0.0.1"]) assert.ok(!isLoopback(host), host);
});
