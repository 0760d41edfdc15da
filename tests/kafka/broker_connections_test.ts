import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { BrokerConnections } from "../../lib/kafka/broker_connections.ts";
import { Diagnoses } from "../../lib/kafka/connection/connection_trouble.ts";
import { scriptBroker } from "../fakes/scripted_broker.ts";

Deno.test("BrokerConnections closes the one that was unused for longest where there are too many", async () => {
  await using broker = await scriptBroker(() => undefined);
  const connections = new BrokerConnections({
    clientId: "test",
    security: {},
    diagnoses: new Diagnoses(),
    clock: systemClock,
    maxConnections: 2,
  });
  const query = await connections.open(broker.address, "query");
  const fetch = await connections.open(broker.address, "fetch");
  assert.equal(await connections.open(broker.address, "query"), query, "it is used again");
  const group = await connections.open(broker.address, "group");
  assert.deepEqual([query.closed, fetch.closed, group.closed], [false, true, false]);
  await assert.rejects(fetch.request("Heartbeat", {}), /there are more than 2 connections to brokers/);

  const again = await connections.open(broker.address, "fetch");
  assert.deepEqual([query.closed, group.closed, again.closed], [true, false, false]);
  await connections.close();
  assert.deepEqual([group.closed, again.closed], [true, true]);
});
