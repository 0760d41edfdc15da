#!/bin/bash
# install.sh installs Grafana's files if Grafana is there
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

output=$($installer)
has "$output" '^Grafana is not installed: install it and run this again'
mkdir -p /etc/grafana/provisioning/{datasources,dashboards}
output=$($installer)
has_not "$output" 'Grafana is not installed'
folder=$(sed -n 's/^ *path: *//p' /etc/grafana/provisioning/dashboards/rtcount.yml)
cmp "$folder/rtcount.json" /src/monitoring/grafana/dashboards/rtcount.json
[[ -s /etc/grafana/provisioning/datasources/rtcount.yml ]]
is root:root:644 "$(stat -c '%U:%G:%a' "$folder/rtcount.json")" 'the dashboard'
