// Bounds the time of each property, for `deno task test:unit`. All other runs check every property to its full number.

import fc from "fast-check";

fc.configureGlobal({ interruptAfterTimeLimit: 500, markInterruptAsFailure: false });
