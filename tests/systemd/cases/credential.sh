#!/bin/bash
# the service reads a file of root's by LoadCredential=
# shellcheck source=tests/systemd/prelude.sh
. /src/tests/systemd/prelude.sh

$installer >/dev/null
install -m 600 /dev/stdin /etc/rtcount/secret <<<'a'
# shellcheck disable=SC2016 # the daemon expands the folder's name
configure $config 8000 'words: {pattern: "[aeiou]", stop_words_file: "${CREDENTIALS_DIRECTORY}/secret"}
output: {console: false}'
drop_in rtcount LoadCredential=secret:/etc/rtcount/secret
systemctl start rtcount
skipped='rtcount_words_skipped_total{reason="stop_word"}'
until_so is_above "$skipped" 0
