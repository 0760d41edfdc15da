#!/bin/bash
# rtcount@second runs beside rtcount with its own file and port
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
configure $config 8000
# The file is a copy, with the name of the first instance.
configure /etc/rtcount/second.yaml 8001 $'name: rtcount\noutput: {console: false}'
systemctl start rtcount rtcount@second
second=http://127.0.0.1:8001
until_so is_above rtcount_windows_closed_total 2
until_so is_above rtcount_windows_closed_total 2 $second
has "$(curl --silent $url/metrics)" '^rtcount_build_info\{.*job_name="rtcount".*\} 1'
has "$(curl --silent $second/metrics)" '^rtcount_build_info\{.*job_name="second".*\} 1'
has_status() { [[ $(property rtcount@second StatusText) == *records/s* ]]; }
until_so has_status
systemctl stop rtcount
answers $second/healthz
echo 'top: 7' >>/etc/rtcount/second.yaml
systemctl reload rtcount@second
shows_seven() { [[ $(curl --silent $second/metrics | grep -c '^rtcount_window_word_occurrences{') == 7 ]]; }
until_so shows_seven
systemctl start rtcount
systemctl stop rtcount@second
answers $url/healthz
# The job of the Spark lab runs in place of the first instance.
systemctl stop rtcount
systemctl start rtcount@spark-lab
until_so metric_is 30 rtcount_rate_limit
