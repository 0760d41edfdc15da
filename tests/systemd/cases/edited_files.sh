#!/bin/bash
# install.sh keeps edited files and writes the new version beside them
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
sed -i 's/raw-events/mine/' $config
edited=$(sha256sum $config)
output=$($installer)
is "$edited" "$(sha256sum $config)" "$config"
cmp $config.new /src/systemd/rtcount.yaml
is root:rtcount:640 "$(stat -c '%U:%G:%a' $config.new)" $config.new
has "$output" "^$config is kept; the new version is $config.new$"

# A link to another file is an edit, too.
mv $config /etc/rtcount/elsewhere.yaml
ln -s elsewhere.yaml $config
rm $config.new
$installer >/dev/null
[[ -L $config && -e $config.new ]]
is "${edited%% *}" "$(sha256sum </etc/rtcount/elsewhere.yaml | cut -d ' ' -f 1)" 'the linked file'

# The rules, too.
echo '# mine' >>/etc/prometheus/rules/rtcount.yml
$installer >/dev/null
tail -n 1 /etc/prometheus/rules/rtcount.yml | grep -qx '# mine'
is prometheus:prometheus:644 "$(stat -c '%U:%G:%a' /etc/prometheus/rules/rtcount.yml.new)" 'the new rules'
