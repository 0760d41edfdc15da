#!/bin/bash
# rtcount.service is back within 3 s of kill -9
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
configure $config 8000
systemctl start rtcount
recover() {
  local before
  before=$(property rtcount MainPID)
  systemctl reset-failed rtcount
  begun=$(now_ms)
  kill -KILL "$before"
  until_so runs_anew rtcount "$before"
}
in_time 3000 recover
until_so answers $url/healthz
is 1 "$(property rtcount NRestarts)" NRestarts
