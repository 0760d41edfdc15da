#!/bin/bash
# install.sh --uninstall removes everything but data
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

listing >/tmp/before
$installer >/dev/null
configure /etc/rtcount/second.yaml 8001
systemctl enable --now --quiet rtcount rtcount@second
install -o rtcount -g rtcount -m 600 /dev/null /var/lib/rtcount/rtcount.snapshot
output=$($installer --uninstall)
fails is_active rtcount
fails is_active rtcount@second
listing >/tmp/after
is '/etc/rtcount d
/etc/rtcount/second.yaml f
/var/lib/rtcount d
/var/lib/rtcount/rtcount.snapshot f' "$(comm -13 /tmp/before /tmp/after | grep -vE '^/etc/(passwd|group|g?shadow|sub[ug]id)- f$')" 'what is left'
is '' "$(comm -23 /tmp/before /tmp/after)" 'what was there and is missing'
has "$output" '^kept: /var/lib/rtcount$'
has "$output" '^The user rtcount is kept'
getent passwd rtcount >/dev/null
fails getent passwd prometheus
fails getent passwd node_exporter
is '' "$(systemctl list-units --all --plain --no-legend 'rtcount*')" 'units'
output=$($installer --uninstall)
has "$output" '^Nothing to remove'
# A new installation uses the kept data.
$installer >/dev/null
is rtcount:rtcount:600 "$(stat -c '%U:%G:%a' /var/lib/rtcount/rtcount.snapshot)" 'the snapshot'
