#!/bin/bash
# install.sh that fails half way says so, and knows what it has done: run again, or undone, it leaves nothing behind
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

# But for the copies that tools for users make.
listed() { listing | grep -vE '^/etc/(passwd|group|g?shadow|sub[ug]id)- f$'; }
listed >/tmp/before
is_as_before() { listed | diff /tmp/before -; }

# The files of Prometheus find no folder.
touch /etc/prometheus
output=$($installer 2>&1) && fail 'it did not fail'
has "$output" '^install /usr/local/bin/rtcount$'
has "$output" '^install.sh: not all was done \(above\): .*run this again, or undo it with --uninstall$'
$installer --uninstall >/dev/null
rm /etc/prometheus
is_as_before
fails getent passwd rtcount

# Once the cause is mended it goes on, and knows all of it in the end.
touch /etc/prometheus
fails $installer
rm /etc/prometheus
$installer >/dev/null
has "$($installer)" 'Nothing to change'
$installer --uninstall >/dev/null
is_as_before

# No room: what is there of the program is not left.
mkdir /opt/small
mount -t tmpfs -o size=20m none /opt/small
output=$($installer --prefix /opt/small/a 2>&1) && fail 'it did not fail'
has "$output" 'No space left'
has "$output" '^install.sh: not all was done'
is '' "$(find /opt/small -name '.rtcount.*')" 'half a program'
$installer --prefix /opt/small/a --uninstall >/dev/null
is '' "$(ls /opt/small)" 'what is left'
umount /opt/small
rmdir /opt/small
is_as_before
