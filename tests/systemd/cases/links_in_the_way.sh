#!/bin/bash
# install.sh does not follow a link that a service's user made in its own folder
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
mkdir -p /etc/cron.d
find /etc/cron.d >/tmp/before
rm -r /etc/prometheus/rules
ln -s /etc/cron.d /etc/prometheus/rules
chown -h prometheus:prometheus /etc/prometheus/rules
output=$($installer 2>&1) && fail 'it did not fail'
has "$output" '/etc/prometheus/rules/.*Permission denied'
find /etc/cron.d | diff /tmp/before -

# It follows a link that root made.
rm /etc/prometheus/rules
install -d -o prometheus -g prometheus /srv/rules
ln -s /srv/rules /etc/prometheus/rules
$installer >/dev/null
is prometheus:prometheus:644 "$(stat -c '%U:%G:%a' /srv/rules/rtcount.yml)" 'the rules'
