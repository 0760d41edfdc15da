#!/bin/bash
# the Debian package installs, runs, upgrades and leaves nothing after a purge
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

# Arguments: the brokers of a Kafka on this machine, a topic that does not exist yet, a free port.
readonly brokers=$1 topic=$2 page=http://127.0.0.1:$3
apt_get() { apt-get -qq --yes -o Dpkg::Options::=--force-confold "$@" >/tmp/apt.log 2>&1 || fail "apt-get $*: $(cat /tmp/apt.log)"; }

# A package of a former version: another number, and another text of the conffile.
dpkg-deb --raw-extract /packages/rtcount.deb /tmp/former
sed -i 's/^Version: .*/Version: 0.0.9/' /tmp/former/DEBIAN/control
sed -i '1i # Of a former version.' /tmp/former/etc/rtcount/rtcount.yaml
rm /tmp/former/DEBIAN/md5sums
dpkg-deb --root-owner-group -Zgzip -z1 --build /tmp/former /tmp/former.deb >/dev/null

listing >/tmp/before
apt_get install /tmp/former.deb
is root:rtcount:640 "$(stat -c '%U:%G:%a' $config)" "$config"
is rtcount:rtcount:755 "$(stat -c '%U:%G:%a' /var/lib/rtcount)" /var/lib/rtcount
is inactive "$(property rtcount ActiveState)" 'the service, before it is configured,'
is disabled "$(property rtcount UnitFileState)" 'the service, before it is configured,'
rtcount --version

cat >$config <<TEXT
source: {kafka: {brokers: [$brokers], topics: [$topic]}}
window: {length: 4s, slide: 1s, lateness: 0s, idle: 1s}
http: {listen: 127.0.0.1:$3}
TEXT
systemctl enable --now --quiet rtcount
is rtcount "$(stat -c %U "/proc/$(property rtcount MainPID)")" "the process's user"
is '' "$(systemd-analyze verify /usr/lib/systemd/system/rtcount.service 2>&1)" 'what verify says'
until_so answers "$page/readyz"

# The test writes a record when this file appears.
touch /mnt/nst/out/ready
until_so [ -e /mnt/nst/out/written ]
has_window() { is_above rtcount_windows_closed_total 0 "$page" && curl --silent "$page/api/v1/top" | grep -q '\["apple",2\]'; }
written=$(now_ms)
until_so has_window
echo "the first window after $(($(now_ms) - written)) ms"

before=$(property rtcount MainPID)
apt_get install /packages/rtcount.deb
until_so runs_anew rtcount "$before" # The upgrade restarts the service.
grep -q "$topic" $config || fail 'the upgrade replaced the edited configuration'
is root:rtcount:640 "$(stat -c '%U:%G:%a' $config)" "$config"
until_so answers "$page/readyz"

touch /var/lib/rtcount/rtcount.snapshot
apt_get remove rtcount
fails is_active rtcount
[[ -e $config && -e /var/lib/rtcount/rtcount.snapshot ]] || fail 'remove takes the configuration or the data along'
apt_get purge rtcount
listing >/tmp/after
is '' "$(diff /tmp/before /tmp/after | grep '^[<>]' | grep -vE '/etc/(passwd|group|g?shadow|sub[ug]id)-? f$|/var/lib/(apt|dpkg)/|/etc/ld.so.cache' || true)" 'what is left'
fails getent passwd rtcount
fails getent group rtcount
