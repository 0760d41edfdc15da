#!/bin/bash
# rtcount.service is active within 2 s with a status text, and stops within 5 s with 0
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer
begun=$(now_ms)
systemctl start rtcount
took=$(($(now_ms) - begun))
is active "$(systemctl is-active rtcount)"
((took < 2000)) || fail "the start took $took ms"
has "$(property rtcount StatusText)" '^0 records/s, not ready: connecting to 127.0.0.1:9092'
is rtcount "$(stat -c %U "/proc/$(property rtcount MainPID)")" "the process's user"
echo "active after $took ms: $(property rtcount StatusText)"

configure $config 8000
systemctl restart rtcount
figures() { [[ $(property rtcount StatusText) =~ ^[1-9][0-9]*\ records/s,\ lag\ [0-9]+,\ top\ word\ \(\'.+\',\ [0-9]+\)$ ]]; }
until_so 20 figures
property rtcount StatusText

begun=$(now_ms)
systemctl stop rtcount
took=$(($(now_ms) - begun))
((took < 5000)) || fail "the stop took $took ms"
is 0 "$(property rtcount ExecMainStatus)" ExecMainStatus
is success "$(property rtcount Result)" Result
echo "stopped after $took ms"
