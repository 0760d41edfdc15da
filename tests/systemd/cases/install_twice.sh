#!/bin/bash
# install.sh changes nothing when it is run again
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
footprint >/tmp/before
output=$($installer)
footprint >/tmp/after
diff /tmp/before /tmp/after
has "$output" '^Nothing to change: all is installed.$'
# Nor does a user's wish for another owner of the configuration count for nothing.
chown root:rtcount $config
$installer >/dev/null
is root:rtcount "$(stat -c %U:%G $config)" $config
