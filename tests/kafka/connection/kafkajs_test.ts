// kafkajs's private modules may change with any release: the program uses exactly one.

import assert from "node:assert/strict";
import { Socket } from "node:net";
import scram from "kafkajs/src/broker/saslAuthenticator/scram.js";
import Encoder from "kafkajs/src/protocol/encoder.js";
import requestTable from "kafkajs/src/protocol/requests/index.js";
import bearerRequest from "kafkajs/src/protocol/sasl/oauthBearer/request.js";
import plainRequest from "kafkajs/src/protocol/sasl/plain/request.js";
import kafkajsPackage from "kafkajs/package.json" with { type: "json" };
import { makeConnection } from "../../../lib/kafka/connection/kafkajs.ts";

Deno.test("kafkajs is the version that lib/kafka was written for, with its private functions", () => {
  assert.equal(kafkajsPackage.version, "2.2.4");
  const connection = makeConnection("", new Socket());
  const requests = requestTable.requests as Readonly<Record<string, { protocol: unknown }>>;
  const functions = {
    "Connection.connect": connection.connect,
    "Connection.send": connection.send,
    "Connection.processData": connection.processData,
    "RequestQueue.fulfillRequest": connection.requestQueue.fulfillRequest,
    "RequestQueue.inflight": connection.requestQueue.inflight.has,
    "RequestQueue.rejectAll": connection.requestQueue.rejectAll,
    "RequestQueue.destroy": connection.requestQueue.destroy,
    // makeConnection() replaces it on the object.
    "RequestQueue.scheduleCheckPendingRequests":
      Object.getPrototypeOf(connection.requestQueue).scheduleCheckPendingRequests,
    "saslAuthenticator/scram": scram.SCRAM,
    "sasl/plain/request": plainRequest,
    "sasl/oauthBearer/request": bearerRequest,
    "requests.Produce.protocol": requests.Produce.protocol,
    "Encoder.writeBufferInternal": Encoder.prototype.writeBufferInternal,
  };
  for (const [name, found] of Object.entries(functions)) assert.equal(typeof found, "function", name);
});
