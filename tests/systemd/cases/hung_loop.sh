#!/bin/bash
# the watchdog restarts a process whose event loop hangs
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

# The reader of standard output has stopped reading, so the write of a block never ends.
$installer >/dev/null
configure $config 8000 $'top: 1000\noutput: {console: true}'
mkdir /run/reader
mkfifo --mode 666 /run/reader/pipe
drop_in rtcount WatchdogSec=10s ExecStart= \
  "ExecStart=/bin/sh -c 'exec /usr/local/bin/rtcount run --config $config >/run/reader/pipe'"
{ exec sleep infinity; } </run/reader/pipe &
idle_reader=$!
systemctl start rtcount
before=$(property rtcount MainPID)
# The process waits, and is not halted.
is_hung() { ! curl --silent --output /dev/null --max-time 1 $url/healthz && grep -q '^State:\sS' "/proc/$before/status"; }
until_so is_hung
until_so runs_anew rtcount "$before"
until_so has_said rtcount 'Watchdog timeout'
# When the reader reads again, the next process keeps running.
cat /run/reader/pipe >/dev/null &
kill "$idle_reader"
until_so is_above rtcount_windows_closed_total 20
