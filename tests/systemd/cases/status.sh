#!/bin/bash
# rtcount.service runs as its own user and has a status text
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer
systemctl start rtcount
is rtcount "$(stat -c %U "/proc/$(property rtcount MainPID)")" "the process's user"
connects() { [[ $(property rtcount StatusText) =~ ^0\ records/s,\ not\ ready:\ connecting\ to\ 127\.0\.0\.1:9092 ]]; }
until_so connects

configure $config 8000
systemctl restart rtcount
figures() { [[ $(property rtcount StatusText) =~ ^[1-9][0-9]*\ records/s,\ lag\ [0-9]+,\ top\ word\ \(\'.+\',\ [0-9]+\)$ ]]; }
until_so figures
property rtcount StatusText
