#!/bin/bash
# a wrong configuration ends the service with 78, and systemd does not restart it
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
echo 'sauce: {}' >>$config
fails systemctl start rtcount
is failed "$(systemctl is-failed rtcount)"
is 78 "$(property rtcount ExecMainStatus)" ExecMainStatus
is 0 "$(property rtcount NRestarts)" NRestarts
until_so has_said rtcount 'rtcount.yaml:[0-9]+:1: sauce: unknown key'
sed -i '$d' $config
systemctl start rtcount
