#!/bin/bash
# install.sh --prefix accepts a folder with blanks, and the units run from it
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer --prefix '/opt/my apps/' >/dev/null
configure $config 8000
systemctl start rtcount
is '/opt/my apps/bin/rtcount' "$(readlink "/proc/$(property rtcount MainPID)/exe")" 'the program'
[[ ! -e /usr/local/bin/rtcount && -e '/opt/my apps/share/rtcount/manifest' ]]
output=$($installer 2>&1) && fail 'it was not refused'
has "$output" 'runs another program .*uninstall that first'
$installer --prefix '/opt/my apps' --uninstall >/dev/null
[[ ! -e /opt/my\ apps && ! -e /etc/systemd/system/rtcount.service ]]
