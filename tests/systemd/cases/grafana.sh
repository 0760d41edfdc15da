#!/bin/bash
# install.sh installs Grafana's files if Grafana is there, and stores them otherwise
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

output=$($installer)
has "$output" 'Grafana is not installed. Its files are in /usr/local/share/rtcount/grafana'
[[ -s /usr/local/share/rtcount/grafana/dashboards/rtcount.json ]]
mkdir -p /etc/grafana/provisioning/{datasources,dashboards}
output=$($installer)
has_not "$output" 'Grafana is not installed'
folder=$(sed -n 's/^ *path: *//p' /etc/grafana/provisioning/dashboards/rtcount.yml)
cmp "$folder/rtcount.json" /src/monitoring/grafana/dashboards/rtcount.json
[[ -s /etc/grafana/provisioning/datasources/rtcount.yml ]]
is root:root:644 "$(stat -c '%U:%G:%a' "$folder/rtcount.json")" 'the dashboard'
$installer --uninstall >/dev/null
is '/etc/grafana /etc/grafana/provisioning /etc/grafana/provisioning/dashboards /etc/grafana/provisioning/datasources' \
  "$(find /etc/grafana | sort | tr '\n' ' ' | sed 's/ $//')" 'what is left'
