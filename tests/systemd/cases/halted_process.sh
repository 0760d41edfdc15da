#!/bin/bash
# the watchdog restarts a halted process
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
configure $config 8000
drop_in rtcount WatchdogSec=5s
systemctl start rtcount
before=$(property rtcount MainPID)
begun=$(now_ms)
kill -STOP "$before"
until_so runs_anew rtcount "$before"
echo "another one after $(($(now_ms) - begun)) ms, WatchdogSec=5s"
until_so has_said rtcount 'Watchdog timeout'
until_so is_above rtcount_windows_closed_total 2
is 1 "$(property rtcount NRestarts)" NRestarts
