#!/bin/bash
# install.sh --uninstall removes programs and units, and keeps configuration and data
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

listing >/tmp/before
$installer >/dev/null
configure $config 8000
configure /etc/rtcount/second.yaml 8001
systemctl enable --now --quiet rtcount rtcount@second
install -o rtcount -g rtcount -m 600 /dev/null /var/lib/rtcount/rtcount.snapshot
output=$($installer --uninstall)
fails is_active rtcount
fails is_active rtcount@second
listing >/tmp/after
is '/etc/rtcount d
/etc/rtcount/rtcount.yaml f
/etc/rtcount/second.yaml f
/etc/rtcount/spark-lab.yaml f
/etc/sysusers.d d
/var/lib/rtcount d
/var/lib/rtcount/rtcount.snapshot f' \
  "$(comm -13 /tmp/before /tmp/after | grep -vE '^/etc/(passwd|group|g?shadow|sub[ug]id)- f$|/prometheus')" 'what is left'
is '' "$(comm -23 /tmp/before /tmp/after)" 'what was there and is missing'
has "$output" '^kept: /etc/rtcount, '
is '' "$(systemctl list-units --all --plain --no-legend 'rtcount*')" 'units'
$installer --uninstall >/dev/null
# A new installation uses the kept data.
$installer >/dev/null
is rtcount:rtcount:600 "$(stat -c '%U:%G:%a' /var/lib/rtcount/rtcount.snapshot)" 'the snapshot'
answers_on() { answers "http://127.0.0.1:$1/healthz"; }
systemctl start rtcount
until_so answers_on 8000
