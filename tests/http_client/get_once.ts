// Sends one request to the address that it is given, and prints whether an answer comes.

import { client } from "./client.ts";

console.log((await client(Deno.args[0]).get("/")).kind);
