#!/bin/bash
# install.sh makes users, owners and modes as in the Spark lab
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

output=$($installer)
for user in rtcount prometheus node_exporter; do
  entry=$(getent passwd "$user")
  has "$entry" "^$user:x:[0-9]{3}:[0-9]{3}:[^:]*:/:/bin/false$"
done
while read -r wanted path; do
  is "$wanted" "$(stat -c '%U:%G:%a' "$path")" "$path"
done <<'TABLE'
root:root:755 /etc/rtcount
root:rtcount:640 /etc/rtcount/rtcount.yaml
root:rtcount:640 /etc/rtcount/spark-lab.yaml
rtcount:rtcount:755 /var/lib/rtcount
prometheus:prometheus:755 /etc/prometheus
prometheus:prometheus:644 /etc/prometheus/prometheus.yml
prometheus:prometheus:755 /etc/prometheus/rules
prometheus:prometheus:644 /etc/prometheus/rules/rtcount.yml
prometheus:prometheus:755 /etc/prometheus/consoles
prometheus:prometheus:644 /etc/prometheus/consoles/rtcount.html
prometheus:prometheus:755 /var/lib/prometheus
root:root:755 /usr/local/bin/rtcount
root:root:644 /etc/systemd/system/rtcount.service
root:root:644 /etc/systemd/system/rtcount@.service
root:root:644 /etc/sysusers.d/rtcount.conf
root:root:644 /etc/tmpfiles.d/rtcount.conf
root:root:644 /etc/sysusers.d/rtcount-monitoring.conf
root:root:644 /etc/tmpfiles.d/rtcount-monitoring.conf
TABLE
has "$output" '^    systemctl enable --now rtcount$'
# The service's user reads its configuration and cannot change it.
as_service() { setpriv --reuid rtcount --regid rtcount --clear-groups "$@"; }
as_service cat $config >/dev/null
fails as_service sh -c "echo >>$config"
fails as_service touch /etc/rtcount/new
# A missing folder is made again at boot.
rmdir /var/lib/rtcount
systemd-tmpfiles --create
is rtcount:rtcount:755 "$(stat -c '%U:%G:%a' /var/lib/rtcount)" /var/lib/rtcount
