#!/bin/bash
# install.sh changes nothing in a second run
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
footprint >/tmp/before
output=$($installer)
footprint >/tmp/after
diff /tmp/before /tmp/after
has_not "$output" '^install '
