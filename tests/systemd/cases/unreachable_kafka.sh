#!/bin/bash
# an outage of Kafka does not trigger the watchdog
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
drop_in rtcount WatchdogSec=4s
systemctl start rtcount
before=$(property rtcount MainPID)
begun=$(now_ms)
past_the_watchdog() { (($(now_ms) > begun + 12000)); }
until_so past_the_watchdog
is active "$(systemctl is-active rtcount)"
is "$before" "$(property rtcount MainPID)" MainPID
is 0 "$(property rtcount NRestarts)" NRestarts
answers $url/healthz
fails answers $url/readyz
connects() { [[ $(property rtcount StatusText) == *'not ready: connecting to 127.0.0.1:9092'* ]]; }
until_so connects
