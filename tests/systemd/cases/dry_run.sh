#!/bin/bash
# install.sh --dry-run prints what it would do and does nothing
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

footprint >/tmp/before
output=$($installer --dry-run)
footprint >/tmp/after
diff /tmp/before /tmp/after
is '' "$(ls /tmp/tmp.* 2>/dev/null || true)" 'what is left in /tmp'
$installer >/tmp/done
# A real run then does the same, line by line.
sed -n 's/^would \(install\|replace\) //p' <<<"$output" | sort >/tmp/would
sed -n 's/^\(install\|replace\) //p' /tmp/done | sort | diff /tmp/would -
footprint >/tmp/before
has "$($installer --uninstall --dry-run)" '^would remove /usr/local/bin/rtcount$'
footprint >/tmp/after
diff /tmp/before /tmp/after
