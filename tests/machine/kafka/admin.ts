// An administrator's connection, opened for one task.

import kafkajs from "kafkajs/index.js";
import type { Admin } from "kafkajs/types/index.d.ts";

/** Connects to `bootstrap`, does `task`, disconnects. Few retries: the caller knows whether it pays to ask again. */
export async function withAdmin<T>(bootstrap: string, task: (admin: Admin) => Promise<T>): Promise<T> {
  const admin: Admin = new kafkajs.Kafka({
    clientId: "rtcount-tests",
    brokers: bootstrap.split(","),
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 2_000,
    // One at least: it is how this client finds a coordinator.
    retry: { retries: 2, initialRetryTime: 50 },
  }).admin();
  try {
    await admin.connect();
    return await task(admin);
  } finally {
    await admin.disconnect();
  }
}
