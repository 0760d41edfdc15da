#!/bin/bash
# install.sh handles a call by sh, CDPATH, a link as the program, a umask, and a colon in an archive's name
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

cp -r /src/systemd /src/monitoring /opt
ln -s /src/rtcount /opt/rtcount
mkdir -p /tmp/elsewhere/systemd
cd /opt
mkdir node_exporter-1
cp /programs/prometheus-node-exporter node_exporter-1/node_exporter
tar -cz --force-local -f node:1.tar.gz node_exporter-1
(
  umask 077
  export CDPATH=/tmp/elsewhere
  sh systemd/install.sh --node-exporter node:1.tar.gz --sha256 "$(sha256sum node:1.tar.gz | cut -d ' ' -f 1)" >/dev/null
)
[[ -f /usr/local/bin/rtcount && ! -L /usr/local/bin/rtcount ]]
cmp /src/rtcount /usr/local/bin/rtcount
cmp /programs/prometheus-node-exporter /usr/local/bin/node_exporter
is 755 "$(stat -c %a /etc/prometheus/rules)" /etc/prometheus/rules
