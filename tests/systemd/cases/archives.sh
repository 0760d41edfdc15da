#!/bin/bash
# install.sh installs the archives of Prometheus 2 and 3 and of node_exporter
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

# Debian's programs, packed as their projects pack them.
mkdir /tmp/a && cd /tmp/a
pack() { tar -czf "$1.tar.gz" "$1"; sha256sum "$1.tar.gz" | cut -d ' ' -f 1; }
for version in 2.0.0 3.0.0; do
  mkdir prometheus-$version.linux-amd64
  cp /programs/prometheus /programs/promtool prometheus-$version.linux-amd64
done
mkdir prometheus-2.0.0.linux-amd64/{consoles,console_libraries}
echo '{{ template "head" . }}' >prometheus-2.0.0.linux-amd64/consoles/node.html
echo '{{ define "head" }}head{{ end }}' >prometheus-2.0.0.linux-amd64/console_libraries/prom.lib
mkdir node_exporter-1.0.0.linux-amd64
cp /programs/prometheus-node-exporter node_exporter-1.0.0.linux-amd64/node_exporter
two=$(pack prometheus-2.0.0.linux-amd64) three=$(pack prometheus-3.0.0.linux-amd64)
exporter=$(pack node_exporter-1.0.0.linux-amd64)

output=$($installer --prometheus prometheus-2.0.0.linux-amd64.tar.gz --sha256 "$three" 2>&1) && fail 'it was not refused'
has "$output" 'the file is damaged, or the sum is of another file'
[[ ! -e /usr/local/bin/prometheus && ! -e /usr/local/bin/rtcount ]]

output=$($installer --node-exporter node_exporter-1.0.0.linux-amd64.tar.gz --sha256 "$exporter" \
  --prometheus prometheus-2.0.0.linux-amd64.tar.gz --sha256 "${two^^}")
while read -r wanted path; do
  is "$wanted" "$(stat -c '%U:%G:%a' "$path")" "$path"
done <<'TABLE'
root:root:755 /usr/local/bin/prometheus
root:root:755 /usr/local/bin/promtool
root:root:755 /usr/local/bin/node_exporter
prometheus:prometheus:755 /etc/prometheus/consoles
prometheus:prometheus:644 /etc/prometheus/consoles/node.html
prometheus:prometheus:644 /etc/prometheus/consoles/rtcount.html
prometheus:prometheus:755 /etc/prometheus/console_libraries
prometheus:prometheus:644 /etc/prometheus/console_libraries/prom.lib
root:root:644 /etc/systemd/system/prometheus.service
root:root:644 /etc/systemd/system/node_exporter.service
TABLE
promtool check config /etc/prometheus/prometheus.yml
is '' "$(systemd-analyze verify /etc/systemd/system/{prometheus,node_exporter,rtcount}.service 2>&1)" 'what verify says'

# Run the three commands that it prints.
configure $config 8000
grep '^    systemctl enable' <<<"$output" >/tmp/commands
is 3 "$(wc -l </tmp/commands)" 'the number of commands'
bash -e /tmp/commands
until_so are_up 3
until_so answers http://127.0.0.1:9090/consoles/rtcount.html
is head "$(curl --silent http://127.0.0.1:9090/consoles/node.html)" 'a console of the archive'
echo "up: rtcount, prometheus, node_exporter"
before=$(property prometheus MainPID)
systemctl reload prometheus
is "$before" "$(property prometheus MainPID)" MainPID


# Prometheus 3 over Prometheus 2: the consoles of the older stay.
$installer --prometheus prometheus-3.0.0.linux-amd64.tar.gz --sha256 "$three" >/dev/null
[[ -e /etc/prometheus/consoles/node.html ]]
