#!/bin/bash
# rtcount.service is back within 3 s of kill -9
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
configure $config 8000
systemctl start rtcount
before=$(property rtcount MainPID)
begun=$(now_ms)
kill -KILL "$before"
until_so 10 runs_anew rtcount "$before"
took=$(($(now_ms) - begun))
((took < 3000)) || fail "it was back after $took ms"
until_so 5 answers $url/healthz
is 1 "$(property rtcount NRestarts)" NRestarts
echo "back after $took ms"
