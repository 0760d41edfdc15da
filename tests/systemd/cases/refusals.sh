#!/bin/bash
# install.sh refuses wrong input with a remedy before it writes anything
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

useradd --no-create-home --shell /bin/bash other
cp -r /src/systemd /src/monitoring /opt
zeros=$(printf '0%.0s' {1..64})
mkdir /tmp/archives && cd /tmp/archives
printf 'text' >text.tar.gz
mkdir -p empty/prometheus-9 && tar -czf empty.tar.gz -C empty prometheus-9
mkdir -p script/prometheus-9 && printf '#!/bin/sh\n' | tee script/prometheus-9/prometheus >script/prometheus-9/promtool
tar -czf script.tar.gz -C script prometheus-9
mkdir -p linked/prometheus-9 && cp /bin/true linked/prometheus-9/prometheus && cp /bin/true linked/prometheus-9/promtool
ln -s /etc linked/prometheus-9/consoles && tar -czf linked.tar.gz -C linked prometheus-9
mkdir -p named/prometheus-9 && cp /bin/true named/prometheus-9/prometheus && cp /bin/true named/prometheus-9/promtool
touch named/prometheus-9/$'a\nb' && tar -czf named.tar.gz -C named prometheus-9
sum() { sha256sum "$1" | cut -d ' ' -f 1; }
footprint >/tmp/before

# refused STATUS PATTERN COMMAND...
refused() {
  local wanted=$1 pattern=$2 status=0 output
  shift 2
  output=$("$@" 2>&1) || status=$?
  is "$wanted" "$status" "the status of $*"
  has "$output" "^install.sh: .*$pattern"
  echo "$output"
}
refused 1 'needs root: sudo' setpriv --reuid other --clear-groups $installer
refused 1 '/opt/rtcount is missing: build it with .*task compile' /opt/systemd/install.sh
cp /bin/true /opt/rtcount && printf '\xb7' | dd of=/opt/rtcount bs=1 seek=18 conv=notrunc status=none
refused 1 'built for another machine type: use the build for ' /opt/systemd/install.sh
printf '#!/bin/sh\n' >/opt/rtcount
refused 1 'is not a program for Linux' /opt/systemd/install.sh
cp /bin/false /opt/rtcount
refused 1 'rtcount --version fails' /opt/systemd/install.sh
cp /src/rtcount /opt/rtcount && rm -r /opt/monitoring
refused 1 'monitoring/prometheus.yml is missing: .*complete checkout' /opt/systemd/install.sh
rm -r /opt/rtcount /opt/systemd
refused 2 'unknown option --frobnicate' $installer --frobnicate
refused 2 '"relative", wanted an absolute path' $installer --prefix relative
refused 2 '"/", wanted an absolute path, of a folder below /' $installer --prefix /
refused 2 'wanted a path without' $installer --prefix /opt/../x
refused 2 'wanted a path of letters' $installer --prefix '/opt/%n'
refused 2 'hide from the services: take another' $installer --prefix /home/rtcount
refused 2 '--prefix needs a value' $installer --prefix
refused 2 '--prefix needs a value' $installer --prefix --dry-run
refused 2 '--prometheus needs its --sha256 after it' $installer --prometheus x.tar.gz
refused 2 '--node-exporter needs its --sha256' $installer --prometheus x.tar.gz --sha256 "$zeros" --node-exporter y.tar.gz
refused 2 'must follow the archive' $installer --sha256 "$zeros" --prometheus x.tar.gz
refused 2 '--prometheus has two sums' $installer --prometheus x.tar.gz --sha256 "$zeros" --sha256 "$zeros"
refused 2 'given twice' $installer --prometheus x --sha256 "$zeros" --prometheus y --sha256 "$zeros"
refused 2 'wanted 64 hexadecimal digits' $installer --prometheus x.tar.gz --sha256 12
refused 2 '--uninstall takes no archive' $installer --uninstall --prometheus x.tar.gz --sha256 "$zeros"
refused 1 'is not a readable file' $installer --prometheus missing.tar.gz --sha256 "$zeros"
refused 1 "wanted $zeros: the file is damaged, or the sum is of another file" $installer --prometheus empty.tar.gz --sha256 "$zeros"
refused 1 'has no file prometheus: use the unchanged archive' $installer --prometheus empty.tar.gz --sha256 "$(sum empty.tar.gz)"
refused 1 'is not a program for Linux' $installer --prometheus script.tar.gz --sha256 "$(sum script.tar.gz)"
for archive in linked named; do
  refused 1 'contains more than files and folders with plain names' \
    $installer --prometheus $archive.tar.gz --sha256 "$(sum $archive.tar.gz)"
done
output=$($installer --prometheus text.tar.gz --sha256 "$(sum text.tar.gz)" 2>&1) && fail 'it took a text'
has "$output" '^install.sh: text.tar.gz cannot be unpacked'
rm -rf /opt/*
footprint | grep -v ' /opt d\|^/opt d' >/tmp/after
grep -v '^/opt' /tmp/before | diff - /tmp/after
is '' "$(ls -d /tmp/tmp.* 2>/dev/null || true)" 'what is left in /tmp'

# An existing user is reported and neither changed nor removed.
useradd --no-create-home --shell /bin/bash rtcount
has "$($installer 2>&1)" '^install.sh: the user rtcount exists with the shell /bin/bash and is not changed; .*usermod'
$installer --uninstall >/dev/null
has "$(getent passwd rtcount)" '/bin/bash$'
