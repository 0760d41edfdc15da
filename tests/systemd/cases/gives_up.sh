#!/bin/bash
# systemd gives up after four starts within an hour, until reset-failed
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
configure $config 8000
systemctl enable --now --quiet rtcount
systemctl reset-failed rtcount
# Manual starts count: this one and three by systemd are all that an hour allows.
systemctl restart rtcount
for failure in 1 2 3; do
  before=$(property rtcount MainPID)
  kill -KILL "$before"
  until_so runs_anew rtcount "$before"
  echo "failure $failure: started again"
done
kill -KILL "$(property rtcount MainPID)"
until_so is_failed rtcount
echo "failure 4: $(systemctl is-active rtcount || true)"
is 0 "$(property rtcount MainPID)" MainPID
fails systemctl start rtcount
systemctl reset-failed rtcount
systemctl start rtcount
is active "$(systemctl is-active rtcount)"
