#!/bin/bash
# install.sh --uninstall handles changes made since the installation
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

# The unit file was removed while the service is running and enabled.
$installer >/dev/null
configure $config 8000
systemctl enable --now --quiet rtcount
rm /etc/systemd/system/rtcount.service
systemctl daemon-reload
$installer --uninstall >/dev/null
fails is_active rtcount
[[ ! -e /usr/local/bin/rtcount && ! -L /etc/systemd/system/multi-user.target.wants/rtcount.service ]]
rm $config

# A package installed later uses one of the added users, and a process runs as another.
$installer >/dev/null
printf '%s\n' '[Service]' 'User=prometheus' 'ExecStart=/bin/true' >/lib/systemd/system/package.service
setpriv --reuid node_exporter --clear-groups sleep 1000 &
runs_as() { [[ $(stat -c %U "/proc/$!") == node_exporter ]]; }
until_so 5 runs_as
output=$($installer --uninstall 2>&1)
has "$output" '^The user prometheus is kept: another unit runs as this user.$'
has "$output" '^install.sh: the user node_exporter is kept \(see above\): .*userdel node_exporter$'
[[ ! -e /usr/local/share/rtcount ]]
getent passwd prometheus >/dev/null
