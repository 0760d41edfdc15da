#!/bin/bash
# rtcount.service is active within 2 s, and stops within 5 s with 0
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
start() {
  systemctl stop rtcount
  begun=$(now_ms)
  systemctl start rtcount
  is active "$(systemctl is-active rtcount)"
}
in_time 2000 start

configure $config 8000
stop() {
  systemctl start rtcount
  until_so is_above rtcount_windows_closed_total 0
  begun=$(now_ms)
  systemctl stop rtcount
  is 0 "$(property rtcount ExecMainStatus)" ExecMainStatus
  is success "$(property rtcount Result)" Result
}
systemctl stop rtcount
in_time 5000 stop
