#!/bin/bash
# install.sh changes nothing in a second run
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
footprint >/tmp/before
output=$($installer)
footprint >/tmp/after
diff /tmp/before /tmp/after
has "$output" '^Nothing to change: everything is installed.$'
# It also keeps an owner that the user gave the configuration.
chown root:rtcount $config
$installer >/dev/null
is root:rtcount "$(stat -c %U:%G $config)" $config
