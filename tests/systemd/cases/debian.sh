#!/bin/bash
# install.sh configures Debian's Prometheus if it is installed
# on: prometheus
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

original=$(sha256sum </etc/prometheus/prometheus.yml)
output=$($installer --prometheus x.tar.gz --sha256 "$(printf '0%.0s' {1..64})" 2>&1) && fail 'it was not refused'
has "$output" "Debian's package prometheus is installed: leave --prometheus out"
output=$($installer)
has "$output" "^keep Debian's /etc/prometheus/prometheus.yml as /etc/prometheus/prometheus.yml.before-rtcount$"
cmp /etc/prometheus/prometheus.yml /src/monitoring/prometheus.yml
[[ ! -e /etc/systemd/system/prometheus.service && ! -e /etc/systemd/system/node_exporter.service ]]
has_not "$output" 'Not installed yet'
has "$output" '^    systemctl (enable --now|restart) prometheus$'
has "$output" '^    systemctl (enable --now|restart) prometheus-node-exporter$'
has "$($installer)" 'Nothing to change'

configure $config 8000
grep '^    systemctl' <<<"$output" | head -3 >/tmp/commands
bash -e /tmp/commands
until_so 90 are_up 3
until_so 10 answers http://127.0.0.1:9090/consoles/rtcount.html

output=$($installer --uninstall)
has "$output" '^Debian.s Prometheus still runs with the old configuration: systemctl restart prometheus$'
is "$original" "$(sha256sum </etc/prometheus/prometheus.yml)" "Debian's prometheus.yml"
is_active prometheus
[[ ! -e /etc/prometheus/prometheus.yml.before-rtcount && ! -e /etc/prometheus/rules ]]

# An edited file is kept.
echo '# mine' >>/etc/prometheus/prometheus.yml
has "$($installer)" '/etc/prometheus/prometheus.yml was edited and is kept'
tail -n 1 /etc/prometheus/prometheus.yml | grep -qx '# mine'
cmp /etc/prometheus/prometheus.yml.new /src/monitoring/prometheus.yml

# A unit from an earlier archive would override the package's unit.
cp /src/systemd/prometheus.service /etc/systemd/system
sum=$(sha256sum </src/systemd/prometheus.service | cut -d ' ' -f 1)
echo "file $sum /etc/systemd/system/prometheus.service" >>/usr/local/share/rtcount/manifest
has "$($installer)" '^/etc/systemd/system/prometheus.service overrides the unit .*: rm /etc/systemd/system/prometheus.service;'
