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
has "$output" "^install $config.new$"
has "$output" "$config was edited and is kept"
footprint >/tmp/before
output=$($installer)
footprint >/tmp/after
diff /tmp/before /tmp/after
has "$output" 'Nothing to change'
# The user takes over the new version, so the proposal goes.
cp $config.new $config
$installer >/dev/null
[[ ! -e $config.new ]]

# A link to another file is an edit, too.
mv $config /etc/rtcount/elsewhere.yaml
echo 'name: other' >>/etc/rtcount/elsewhere.yaml
ln -s elsewhere.yaml $config
$installer >/dev/null
[[ -L $config && -e $config.new ]]

# A later version replaces unedited files.
cp -r /src/systemd /src/monitoring /src/rtcount /opt
echo '# later' >>/opt/systemd/spark-lab.yaml
echo '# later' >>/opt/systemd/rtcount.service
output=$(/opt/systemd/install.sh)
has "$output" '^replace /etc/rtcount/spark-lab.yaml$'
has "$output" "^reload systemd's units$"
cmp /opt/systemd/spark-lab.yaml /etc/rtcount/spark-lab.yaml

# Uninstalling keeps edited files only.
/opt/systemd/install.sh --uninstall >/dev/null
is 'elsewhere.yaml rtcount.yaml' "$(cd /etc/rtcount && echo *)" /etc/rtcount
