// The service's times, which are measured while no other test runs.

import { testCases } from "./service_cases.ts";

testCases(new URL("timed_cases/", import.meta.url));
