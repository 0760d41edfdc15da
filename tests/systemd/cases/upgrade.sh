#!/bin/bash
# install.sh replaces the program of a running service and asks for a restart
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

cp -r /src/systemd /src/monitoring /src/rtcount /opt
/opt/systemd/install.sh >/dev/null
configure $config 8000
configure /etc/rtcount/second.yaml 8001
systemctl start rtcount rtcount@second
before=$(property rtcount MainPID)
# Another build: it differs in one padding byte of the ELF header.
printf '\1' | dd of=/opt/rtcount bs=1 seek=9 conv=notrunc status=none
fails cmp -s /opt/rtcount /usr/local/bin/rtcount
output=$(/opt/systemd/install.sh)
cmp /opt/rtcount /usr/local/bin/rtcount
is "$before" "$(property rtcount MainPID)" MainPID
answers $url/healthz
has "$output" '^install /usr/local/bin/rtcount$'
has "$output" "^After an upgrade restart what runs: systemctl try-restart rtcount 'rtcount@\*'"
systemctl try-restart rtcount 'rtcount@*'
until_so answers $url/healthz
is /usr/local/bin/rtcount "$(readlink "/proc/$(property rtcount MainPID)/exe")" 'the program'
