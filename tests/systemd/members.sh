#!/bin/bash
# members.sh BROKERS TOPIC PORT...: instances of rtcount@ on one configuration are the members of one group.
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

brokers=$1 topic=$2
shift 2
ports=("$@")

$installer >/dev/null
cat >$config <<TEXT
source: {kafka: {brokers: [$brokers], topics: [$topic], group: $topic, start: earliest, session_timeout: 6s}}
window: {length: 4s, slide: 1s}
merge: {enabled: true}
output: {console: false}
TEXT
# As docs/scaling.md says; the tests compare the two.
mkdir -p /etc/systemd/system/rtcount@.service.d
cat >/etc/systemd/system/rtcount@.service.d/override.conf <<'TEXT'
[Service]
ExecStart=
ExecStart=/usr/local/bin/rtcount run --config /etc/rtcount/rtcount.yaml --set http.listen=127.0.0.1:%i
TEXT
systemctl daemon-reload
systemctl start "${ports[@]/#/rtcount@}"

at() { printf 'http://127.0.0.1:%s' "$1"; }
status() { curl --silent --max-time 30 "$(at "$1")/api/v1/status"; }
# Whether the windows of the member have all members and partitions.
is_whole() { [[ $(status "$1") == *"\"members\":$2,\"partitions\":${#ports[@]}"* ]]; }
# A member tells the others of its new partitions before it leaves the former ones.
reads_one() { [[ $(metric rtcount_assigned_partitions "$(at "$1")") == 1 ]]; }
window_end() { curl --silent --max-time 30 "$(at "$1")/api/v1/top?k=1" | grep -oE '"window_end":[0-9]+' | cut -d: -f2; }
is_after() {
  local end
  end=$(window_end "$1")
  [[ -n $end && $end -gt $2 ]]
}

for port in "${ports[@]}"; do
  until_so is_whole "$port" ${#ports[@]}
  until_so answers "$(at "$port")/readyz"
  until_so reads_one "$port"
done

# One that is killed is started again, and the windows of the others go on meanwhile.
until_so is_after "${ports[1]}" 0
end=$(window_end "${ports[1]}")
before=$(property "rtcount@${ports[0]}" MainPID)
killed=$(now_ms)
systemctl kill --kill-whom=main --signal=KILL "rtcount@${ports[0]}"
until_so is_after "${ports[1]}" $((end + 2000))
printf 'a window %s ms after a member was killed\n' $(($(now_ms) - killed))
until_so runs_anew "rtcount@${ports[0]}" "$before"
for port in "${ports[@]}"; do until_so is_whole "$port" ${#ports[@]}; done
systemctl stop "${ports[@]/#/rtcount@}"
for port in "${ports[@]}"; do is 0 "$(property "rtcount@$port" ExecMainStatus)" 'exit status'; done
