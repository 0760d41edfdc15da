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
mkdir -p broken/prometheus-9 && cp /bin/false broken/prometheus-9/prometheus && tar -czf broken.tar.gz -C broken prometheus-9
mkdir -p linked/prometheus-9 && cp /bin/true linked/prometheus-9/prometheus
ln -s /etc linked/prometheus-9/consoles && tar -czf linked.tar.gz -C linked prometheus-9
sum() { sha256sum "$1" | cut -d ' ' -f 1; }
footprint >/tmp/before

# refused STATUS PATTERN COMMAND...
refused() {
  local wanted=$1 pattern=$2 status=0 output
  shift 2
  output=$("$@" 2>&1) || status=$?
  is "$wanted" "$status" "the status of $*"
  has "$output" "install.sh: .*$pattern"
  echo "$output"
}
refused 1 'needs root: sudo' setpriv --reuid other --clear-groups $installer
refused 1 '/opt/rtcount is missing: .*deno task compile' /opt/systemd/install.sh
cp /bin/true /opt/rtcount && printf '\xb7' | dd of=/opt/rtcount bs=1 seek=18 conv=notrunc status=none
refused 1 '/opt/rtcount --version fails: use the archive for' /opt/systemd/install.sh
rm -r /opt/rtcount /opt/systemd /opt/monitoring
refused 2 'unknown option --frobnicate' $installer --frobnicate
refused 2 '--prometheus needs a value' $installer --prometheus
refused 2 '--prometheus needs a value' $installer --prometheus --uninstall
refused 2 '--prometheus needs its --sha256 after it' $installer --prometheus x.tar.gz
refused 2 '--node-exporter needs its --sha256' $installer --prometheus x.tar.gz --sha256 "$zeros" --node-exporter y.tar.gz
refused 2 'must follow the archive' $installer --sha256 "$zeros" --prometheus x.tar.gz
refused 2 'must follow the archive' $installer --prometheus x.tar.gz --sha256 "$zeros" --sha256 "$zeros"
refused 2 'given twice' $installer --prometheus x --sha256 "$zeros" --prometheus y --sha256 "$zeros"
refused 2 'wanted 64 hexadecimal digits' $installer --prometheus x.tar.gz --sha256 12
refused 2 '--uninstall takes no archive' $installer --uninstall --prometheus x.tar.gz --sha256 "$zeros"
refused 1 'is not a readable file' $installer --prometheus missing.tar.gz --sha256 "$zeros"
refused 1 "wanted $zeros: the file is damaged, or the sum is of another file" $installer --prometheus empty.tar.gz --sha256 "$zeros"
refused 1 'prometheus is missing: use the unchanged archive' $installer --prometheus empty.tar.gz --sha256 "$(sum empty.tar.gz)"
refused 1 'prometheus --version fails: use the archive for' $installer --prometheus broken.tar.gz --sha256 "$(sum broken.tar.gz)"
refused 1 'contains more than files and folders' $installer --prometheus linked.tar.gz --sha256 "$(sum linked.tar.gz)"
refused 1 'text.tar.gz cannot be unpacked' $installer --prometheus text.tar.gz --sha256 "$(sum text.tar.gz)"
footprint | grep -v ' /opt d\|^/opt d' >/tmp/after
grep -v '^/opt' /tmp/before | diff - /tmp/after
is '' "$(ls -d /tmp/tmp.* 2>/dev/null || true)" 'what is left in /tmp'

# A package's unit would be overridden.
touch /lib/systemd/system/rtcount.service
refused 1 'a package has installed rtcount.service: use that one' $installer
rm /lib/systemd/system/rtcount.service

# An existing user is not changed.
useradd --no-create-home --shell /bin/bash rtcount
$installer >/dev/null
has "$(getent passwd rtcount)" '/bin/bash$'
