# Functions for the scripts in cases/. They run as root on a live systemd, with the checkout at /src.
# shellcheck shell=bash disable=SC2034 # the scripts use the variables

set -eEuo pipefail

readonly installer=/src/systemd/install.sh
readonly config=/etc/rtcount/rtcount.yaml
readonly url=http://127.0.0.1:8000
readonly limit_ms=120000

fail() {
  printf 'FAILED: %s\n' "$*"
  journalctl --no-pager --lines 40 --unit 'rtcount*' --unit 'prometheus*' --unit node_exporter || true
  exit 1
}
trap 'fail "line $LINENO of ${BASH_SOURCE[0]##*/}: $BASH_COMMAND"' ERR

# fails COMMAND...: with a plain "!" errexit would ignore a success.
fails() {
  if "$@" >/dev/null 2>&1; then fail "it did not fail: $*"; fi
}

now_ms() { date +%s%3N; }

# until_so COMMAND...: repeats the command until it succeeds. The limit is no promise: a machine may be slow.
until_so() {
  local deadline
  deadline=$(($(now_ms) + limit_ms))
  until "$@"; do
    (($(now_ms) < deadline)) || fail "it did not succeed within $limit_ms ms: $*"
    sleep 0.05
  done
}

# Percents of a core that a busy process gets now: 100 on an idle machine.
core_share() {
  local TIMEFORMAT='%R %U %S' i
  { time for ((i = 0; i < 200000; i++)); do :; done; } 2>&1 | awk '{ printf "%d", 100 * ($2 + $3) / $1 + 1 }'
}

# in_time MS COMMAND...: one of three calls of the command ends in time, from the moment that it keeps in `begun` on. The
# limit is that of an idle machine: where others take a half of each core, it is twice as long.
in_time() {
  local limit=$1 call took share
  shift
  for call in 1 2 3; do
    "$@"
    took=$(($(now_ms) - ${begun:?}))
    share=$(core_share)
    echo "$*, call $call: $took ms, with $share % of a core"
    if ((took * share < limit * 100)); then return; fi
  done
  fail "each call of $* took more than $limit ms would be on an idle machine"
}

# is WANTED ACTUAL WHAT
is() { [[ $1 == "$2" ]] || fail "${3:-value} is \"$2\", wanted \"$1\""; }

# has TEXT PATTERN
has() { grep -qE -- "$2" <<<"$1" || fail "no /$2/ in: $1"; }
has_not() { ! grep -qE -- "$2" <<<"$1" || fail "/$2/ in: $1"; }

property() { systemctl show --value --property "$2" "$1"; }
is_active() { systemctl --quiet is-active "$1"; }
is_failed() { systemctl --quiet is-failed "$1"; }
answers() { curl --silent --fail --output /dev/null --max-time 30 "$1"; }
metric() { curl --silent --max-time 30 "${2:-$url}/metrics" | awk -v name="$1" '$1 == name { print $2 }'; }
# Whether a metric is above a whole number.
is_above() {
  local value
  value=$(metric "$1" "${3:-$url}")
  [[ -n $value && ${value%.*} -gt $2 ]]
}

# metric_is WANTED NAME [URL]
metric_is() { [[ $(metric "$2" "${3:-$url}") == "$1" ]]; }

# has_said UNIT PATTERN: whether the journal has such a line of the unit. It may come a moment after the event.
has_said() { journalctl --no-pager --unit "$1" | grep -E -- "$2" >/dev/null; }

# Whether Prometheus has scraped $1 targets.
are_up() {
  local said
  said=$(curl --silent --max-time 30 --get --data-urlencode 'query=sum(up)' http://127.0.0.1:9090/api/v1/query)
  [[ $said == *"\"$1\"]"* ]]
}

# Whether the unit is active with a main process other than $2.
runs_anew() {
  local pid
  pid=$(property "$1" MainPID)
  [[ $pid != 0 && $pid != "$2" ]] && is_active "$1"
}

# configure FILE PORT [MORE]: the embedded stream instead of Kafka, without console output unless MORE says otherwise.
configure() {
  local more=${3:-'output: {console: false}'}
  cat >"$1" <<TEXT
source: {synthetic: {tasks: [{name: a, rate: 200}]}}
window: {length: 2s, slide: 500ms}
http: {listen: 127.0.0.1:$2}
$more
TEXT
}

# drop_in UNIT LINE...: adds lines to the [Service] section of a unit.
drop_in() {
  local folder=/etc/systemd/system/$1.service.d
  mkdir -p "$folder"
  shift
  printf '%s\n' '[Service]' "$@" >"$folder/test.conf"
  systemctl daemon-reload
}

# Everything that install.sh could touch: names, kinds, owners, modes, sizes, times and contents.
footprint() {
  local roots=(/etc /usr /opt /var/lib)
  find "${roots[@]}" -path /var/lib/systemd -prune -o -printf '%p %y %U:%G %m %s %T@ %l\n' | sort
  find /etc -type f -exec sha256sum {} + | sort
}

# The same as names and kinds only.
listing() { find /etc /usr /opt /var/lib -path /var/lib/systemd -prune -o -printf '%p %y\n' | sort; }
