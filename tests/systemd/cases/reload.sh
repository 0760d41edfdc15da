#!/bin/bash
# systemctl reload applies the configuration in the same process
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
configure $config 8000
systemctl start rtcount
before=$(property rtcount MainPID)
is 1000 "$(metric rtcount_rate_limit)" rtcount_rate_limit
echo 'rate: {max: 50, initial: 50}' >>$config
systemctl reload rtcount
limited() { [[ $(metric rtcount_rate_limit) == 50 ]]; }
until_so 10 limited
is active "$(systemctl is-active rtcount)"
is "$before" "$(property rtcount MainPID)" MainPID
# A broken file changes nothing.
echo 'rate: [' >>$config
systemctl reload rtcount
refused() { [[ $(metric rtcount_config_last_reload_successful) == 0 ]]; }
until_so 10 refused
limited
is active "$(systemctl is-active rtcount)"
is "$before" "$(property rtcount MainPID)" MainPID
