#!/bin/bash
# install.sh reports a failure half way; a second run or --uninstall then leaves nothing behind
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

# Leave out the copies that tools for users make.
listed() { listing | grep -vE '^/etc/(passwd|group|g?shadow|sub[ug]id)- f$'; }
listed >/tmp/before
is_as_before() { listed | diff /tmp/before -; }

# The folder of Prometheus's files is missing.
touch /etc/prometheus
output=$($installer 2>&1) && fail 'it did not fail'
has "$output" '^install /usr/local/bin/rtcount$'
has "$output" '^install.sh: the installation is incomplete \(see above\): .*run it again, or undo it with --uninstall$'
$installer --uninstall >/dev/null
rm /etc/prometheus
is_as_before
fails getent passwd rtcount

# After the cause is removed, a second run completes the installation and its manifest.
touch /etc/prometheus
fails $installer
rm /etc/prometheus
$installer >/dev/null
has "$($installer)" 'Nothing to change'
$installer --uninstall >/dev/null
is_as_before

# The disk is full: nothing of the program is left.
mkdir /opt/small
mount -t tmpfs -o size=20m none /opt/small
output=$($installer --prefix /opt/small/a 2>&1) && fail 'it did not fail'
has "$output" 'No space left'
has "$output" '^install.sh: the installation is incomplete'
is '' "$(find /opt/small -name '.rtcount.*')" 'half a program'
$installer --prefix /opt/small/a --uninstall >/dev/null
is '' "$(ls /opt/small)" 'what is left'
umount /opt/small
rmdir /opt/small
is_as_before
