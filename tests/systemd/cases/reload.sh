#!/bin/bash
# systemctl reload applies the configuration in the same process
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
configure $config 8000
systemctl start rtcount
before=$(property rtcount MainPID)
until_so metric_is 1000 rtcount_rate_limit
echo 'rate: {max: 50, initial: 50}' >>$config
systemctl reload rtcount
until_so metric_is 50 rtcount_rate_limit
is active "$(systemctl is-active rtcount)"
is "$before" "$(property rtcount MainPID)" MainPID
# A broken file changes nothing.
echo 'rate: [' >>$config
systemctl reload rtcount
until_so metric_is 0 rtcount_config_last_reload_successful
until_so metric_is 50 rtcount_rate_limit
is active "$(systemctl is-active rtcount)"
is "$before" "$(property rtcount MainPID)" MainPID
