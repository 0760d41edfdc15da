#!/bin/bash
# systemd accepts the units without warnings, and they expose little
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
# verify would warn of missing programs.
for program in prometheus node_exporter; do cp /bin/true /usr/local/bin/$program; done
cp /src/systemd/{prometheus,node_exporter}.service /etc/systemd/system
said=$(systemd-analyze verify /etc/systemd/system/{rtcount,rtcount@second,prometheus,node_exporter}.service 2>&1)
is '' "$said" 'what systemd-analyze verify says'
exposure() { systemd-analyze security --offline=true --no-pager "/src/systemd/$1.service" | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p'; }
while read -r unit most; do
  level=$(exposure "$unit")
  echo "$unit: $level"
  awk -v level="$level" -v most="$most" 'BEGIN { exit !(level != "" && level <= most) }' || fail "exposure of $unit is $level, wanted $most at most"
done <<'TABLE'
rtcount 1.5
rtcount@ 1.5
prometheus 3.9
node_exporter 3.9
TABLE
