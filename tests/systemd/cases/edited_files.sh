#!/bin/bash
# install.sh keeps what was edited, and puts the new one beside it
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
sed -i 's/raw-events/mine/' $config
edited=$(sha256sum $config)
output=$($installer)
is "$edited" "$(sha256sum $config)" "$config"
cmp $config.new /src/systemd/rtcount.yaml
is rtcount:rtcount:640 "$(stat -c '%U:%G:%a' $config.new)" $config.new
has "$output" "^install $config.new$"
has "$output" "$config was edited and stays as it is"
footprint >/tmp/before
output=$($installer)
footprint >/tmp/after
diff /tmp/before /tmp/after
has "$output" 'Nothing to change'
# Taken over by hand: the proposal goes.
cp $config.new $config
$installer >/dev/null
[[ ! -e $config.new ]]

# A link elsewhere is a user's doing, too.
mv $config /etc/rtcount/elsewhere.yaml
echo 'name: other' >>/etc/rtcount/elsewhere.yaml
ln -s elsewhere.yaml $config
$installer >/dev/null
[[ -L $config && -e $config.new ]]

# What was not edited is replaced by what a later version brings.
cp -r /src/systemd /src/monitoring /src/rtcount /opt
echo '# later' >>/opt/systemd/spark-lab.yaml
echo '# later' >>/opt/systemd/rtcount.service
output=$(/opt/systemd/install.sh)
has "$output" '^replace /etc/rtcount/spark-lab.yaml$'
has "$output" "^reload systemd's units$"
cmp /opt/systemd/spark-lab.yaml /etc/rtcount/spark-lab.yaml

# Of the edited ones uninstalling leaves the user's, and the user's alone.
/opt/systemd/install.sh --uninstall >/dev/null
is 'elsewhere.yaml rtcount.yaml' "$(cd /etc/rtcount && echo *)" /etc/rtcount
