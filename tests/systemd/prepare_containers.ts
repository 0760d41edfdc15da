// Makes the root file systems of the containers that the tests of the service run in. It takes minutes, most of which it
// waits for the disk: .ci/run does it beside other work.

import { installPrograms } from "../machine/machine.ts";
import { makeSystems, missingForContainers } from "../machine/systemd_container.ts";

await installPrograms();
const missing = missingForContainers();
if (missing === undefined) await makeSystems();
else console.error(`no containers: ${missing}`);
