# fish completion for rtcount
# deno task docs makes this file from the tables of commands, options and configuration keys.

# The command on the line, as far as it is typed.
function __rtcount_command
    set -l words
    set -l skip 0
    for token in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $token
            case --config --listen --duration --format --output --brokers --topic --last --since --set --log-level --log-format --url --prometheus --grafana --login-file --prometheus-login-file --grafana-token-file --ca-file
                set skip 1
            case '-*'
            case '*'
                set -a words $token
        end
    end
    switch "$words[1]"
        case config
            echo "$words[1..2]"
        case '*'
            echo "$words[1]"
    end
end

function __rtcount_is
    contains -- (__rtcount_command) $argv
end

# The keys that --set takes, or the values of the key on the line.
function __rtcount_keys
    if string match -q -- '*=*' (string replace -r -- '^--set=' '' (commandline -ct))
        printf '%s\n' \
            source.kafka.start=window \
            source.kafka.start=earliest \
            source.kafka.start=latest \
            source.kafka.isolation=read_committed \
            source.kafka.isolation=read_uncommitted \
            source.kafka.check_crcs=true \
            source.kafka.check_crcs=false \
            source.kafka.tls.enabled=true \
            source.kafka.tls.enabled=false \
            source.kafka.tls.verify=true \
            source.kafka.tls.verify=false \
            source.kafka.sasl.mechanism=plain \
            source.kafka.sasl.mechanism=scram-sha-256 \
            source.kafka.sasl.mechanism=scram-sha-512 \
            source.kafka.sasl.mechanism=oauthbearer \
            source.kafka.sasl.mechanism=aws-msk-iam \
            records.format=text \
            records.format=json \
            records.format=avro \
            records.format=protobuf \
            records.timestamp_format=unix_ms \
            records.timestamp_format=unix \
            records.timestamp_format=rfc3339 \
            records.where.0.key=true \
            records.where.0.key=false \
            records.where.0.equals=true \
            records.where.0.equals=false \
            records.where.0.not_equals=true \
            records.where.0.not_equals=false \
            records.where.0.exists=true \
            records.where.0.exists=false \
            words.from=value \
            words.from=key \
            words.from=header \
            words.from=field \
            words.key_format=text \
            words.key_format=int32 \
            words.key_format=int64 \
            words.key_format=uuid \
            words.key_format=hex \
            words.segmenter=unicode \
            words.trim=true \
            words.trim=false \
            words.lowercase=true \
            words.lowercase=false \
            window.time=event \
            window.time=processing \
            rate.backpressure=true \
            rate.backpressure=false \
            rising.enabled=true \
            rising.enabled=false \
            new_words.enabled=true \
            new_words.enabled=false \
            merge.enabled=true \
            merge.enabled=false \
            output.console=true \
            output.console=false \
            log.level=debug \
            log.level=info \
            log.level=warn \
            log.level=error \
            log.format=text \
            log.format=json
    else
        printf '%s\t%s\n' \
            name= 'The name of the job: the Kafka client id, and the label job_name of rtcount_build_info.' \
            top= 'The number of words that are shown, the most frequent first.' \
            source.kafka.brokers= 'Addresses of some brokers of the cluster.' \
            source.kafka.topics= 'Topics to read. /regex/ subscribes to every topic that matches, also to later ones.' \
            source.kafka.group= 'The consumer group. Empty: name.' \
            source.kafka.start= 'Where to begin without a committed offset: as far back as the window reaches, or at an end of the log.' \
            source.kafka.isolation= 'read_committed leaves out records of transactions that are open or were aborted.' \
            source.kafka.check_crcs= 'Check the CRC of each batch. A corrupt batch is skipped and counted.' \
            source.kafka.max_bytes_per_partition= 'The most that one fetch brings from a partition.' \
            source.kafka.max_wait= 'How long a broker may wait for more records before it answers a fetch.' \
            source.kafka.metadata_interval= 'How often topics and partitions are looked up. A new topic of a pattern is read after this time at the latest.' \
            source.kafka.session_timeout= 'After this time without a heartbeat the group gives this member\'s partitions to other members.' \
            source.kafka.tls.enabled= 'Connect to the brokers over TLS.' \
            source.kafka.tls.ca_file= 'The authorities that sign the brokers\' certificates, as PEM. Empty: the authorities that browsers trust.' \
            source.kafka.tls.cert_file= 'The client certificate with its chain, as PEM. It needs key_file.' \
            source.kafka.tls.key_file= 'The private key of cert_file, as PEM without a passphrase.' \
            source.kafka.tls.server_name= 'The name that every broker\'s certificate must contain. Empty: the broker\'s host.' \
            source.kafka.tls.verify= 'Verify the brokers\' certificates. With false any server passes for a broker: for trials only.' \
            source.kafka.sasl.mechanism= 'How to log in to the brokers. Empty: no login. plain sends the password itself, so use it over TLS only.' \
            source.kafka.sasl.username= 'The user name of plain and scram.' \
            source.kafka.sasl.password= 'The password of plain and scram. A password_file or ${NAME} from the environment is safer.' \
            source.kafka.sasl.password_file= 'The file that holds the password, instead of password, such as ${CREDENTIALS_DIRECTORY}/NAME.' \
            source.kafka.sasl.token_file= 'The file that holds the token of oauthbearer. It is read again at each login, so that it can be renewed.' \
            source.kafka.sasl.oauth.token_url= 'The token endpoint of the authorization server. Its whole address is used as it stands.' \
            source.kafka.sasl.oauth.client_id= 'The client that the tokens are for. With client_assertion_file it may be empty.' \
            source.kafka.sasl.oauth.client_secret= 'The client\'s secret. A client_secret_file or ${NAME} from the environment is safer.' \
            source.kafka.sasl.oauth.client_secret_file= 'The file that holds the client\'s secret, instead of client_secret.' \
            source.kafka.sasl.oauth.client_assertion_file= 'The file that holds a signed JWT instead of a secret (RFC 7523). It is read again for each token.' \
            source.kafka.sasl.oauth.scope= 'The scopes to ask for, separated by spaces. Empty: those that the server grants by default.' \
            source.kafka.sasl.oauth.audience= 'The parameter audience, which some servers require. Empty: it is not sent.' \
            source.kafka.sasl.oauth.extensions= 'SASL extensions that go to the brokers with each token, such as logicalCluster and identityPoolId.' \
            source.kafka.sasl.oauth.ca_file= 'The authorities that sign the endpoint\'s certificate, as PEM. Empty: the authorities that browsers trust.' \
            source.kafka.sasl.aws.region= 'The region of the cluster. Empty: the one in the brokers\' names.' \
            source.synthetic.tasks= 'Named streams of records, each with a rate of its own.' \
            source.synthetic.tasks.0.name= 'The name of the task, and the topic of its records.' \
            source.synthetic.tasks.0.rate= 'Records per second at the start.' \
            source.synthetic.delta_min= 'Each second the rate of each task changes by a random whole number. This is the smallest.' \
            source.synthetic.delta_max= 'The largest change of a rate in a second.' \
            source.synthetic.max_rate= 'The rate of a task stays between 0 and this.' \
            source.synthetic.vocabulary= 'Number of distinct words. Their frequencies follow Zipf\'s law.' \
            source.synthetic.words_per_record= 'Number of words in each record.' \
            source.synthetic.random_seed= 'The same seed gives the same stream. Empty: a different stream at each start.' \
            source.lines.path= 'A file or a FIFO to follow; - is standard input. Each line is a record.' \
            records.format= 'The format of values. A record whose value is not of it is skipped, and counted as skipped.' \
            records.schema_registry.url= 'A registry with Confluent\'s interface, for values in its wire format. Several addresses are tried in turn.' \
            records.schema_registry.username= 'The user name, or key, for the registry. It needs password_file.' \
            records.schema_registry.password_file= 'The file that holds the password, or secret, of username.' \
            records.schema_registry.token_file= 'The file that holds a bearer token, instead of username. It is read again at each request.' \
            records.schema_registry.ca_file= 'The authorities that sign the registry\'s certificate, as PEM. Empty: the authorities that browsers trust.' \
            records.schema_registry.cert_file= 'The client certificate with its chain, as PEM. It needs key_file.' \
            records.schema_registry.key_file= 'The private key of cert_file, as PEM without a passphrase.' \
            records.schema_file= 'The schema of values in avro or protobuf without a registry: NAME.avsc or NAME.proto. The values are plain, without a schema id.' \
            records.message= 'The full name of the message that the values are, for protobuf with schema_file, such as shop.orders.Order.' \
            records.timestamp= 'The path of the event time in the value. Empty: the timestamp of the record.' \
            records.timestamp_format= 'The format of timestamp: unix_ms (milliseconds), unix (seconds, fractions allowed) or rfc3339.' \
            records.where= 'Conditions on a field, a header or the key. A record that fails one of them is in no window.' \
            records.where.0.field= 'The path of the field that is tested.' \
            records.where.0.header= 'The name of the header that is tested; the last one of several.' \
            records.where.0.key= 'With true the key is tested.' \
            records.where.0.equals= 'The record counts if the value is this one.' \
            records.where.0.not_equals= 'It counts if the value is another one, or none.' \
            records.where.0.in= 'It counts if the value is one of these.' \
            records.where.0.not_in= 'It counts if the value is none of these.' \
            records.where.0.matches= 'It counts if this regular expression, with the flag u, matches anywhere in the text.' \
            records.where.0.min= 'It counts if the number is not below this one.' \
            records.where.0.max= 'It counts if the number is not above this one.' \
            records.where.0.exists= 'It counts if there is a value (true), or none (false).' \
            words.from= 'The part of a record that is split into words: its value, its key, a header, or fields of its value.' \
            words.field= 'The path of the field, with from: field (RFC 9535 without .. and filters). It selects strings, numbers, or arrays of them.' \
            words.fields= 'Paths, instead of field. The strings or numbers that they lead to are joined into one word.' \
            words.joiner= 'The text between the parts of a word of several fields.' \
            words.header= 'The name of the header, with from: header; the last one of several.' \
            words.key_format= 'The format of keys. Numbers are big-endian. A key that is not of it is skipped, and counted as skipped.' \
            words.replace= 'Replacements in a text before it is split, one after the other.' \
            words.replace.0.pattern= 'A regular expression with the flags g and u. Each match is replaced.' \
            words.replace.0.with= 'The text in its place; $1 is the first group of the pattern, $$ a dollar sign.' \
            words.weight= 'The path of a whole number by which each word of the record counts. Empty: by 1.' \
            words.separator= 'The text between words. It excludes pattern and segmenter.' \
            words.pattern= 'A regular expression with the flags g and u. Each match is a word.' \
            words.segmenter= 'unicode finds words by the rules of Unicode, also in languages without spaces.' \
            words.locale= 'The language whose rules the segmenter follows; und is no language.' \
            words.trim= 'Remove white space around a word.' \
            words.lowercase= 'Count words in lower case.' \
            words.min_length= 'The fewest characters of a word. A shorter word is skipped, and counted as skipped.' \
            words.max_length= 'The most bytes of a word. A longer word is skipped, and counted as skipped.' \
            words.stop_words= 'Words that are not counted.' \
            words.stop_words_file= 'A UTF-8 file with more stop words, one per line. There are no comments.' \
            words.max_record_bytes= 'The most bytes of a record\'s key and value. A larger record is skipped, and counted as skipped.' \
            window.length= 'The length of the window, a whole multiple of slide.' \
            window.slide= 'The time between the ends of two windows.' \
            window.time= 'event uses the timestamp of a record, processing its arrival. With processing lateness and max_future are 0.' \
            window.lateness= 'How long a window waits for records that arrive out of order.' \
            window.idle= 'A partition without new records for this time does not delay windows.' \
            window.max_future= 'A record dated further ahead of the clock is skipped, and counted as skipped.' \
            window.max_words= 'Distinct words of one slide. With more of them counts can be too high, at most by the error shown with them.' \
            window.max_word_bytes= 'Bytes of all words that are held, and 16 more for each word. Beyond them the same happens as with max_words.' \
            rate.backpressure= 'Adapt the rate to the speed of processing. With false only max limits it.' \
            rate.min= 'The estimate never falls below this rate.' \
            rate.initial= 'The rate until the first estimate.' \
            rate.max= 'The rate never exceeds this. Empty: no limit.' \
            rate.max_per_partition= 'The rate of one partition never exceeds this. Empty: no limit.' \
            rate.replay= 'The rate of records that are read again after a start or a rebalance. Empty: no limit.' \
            rate.interval= 'The time between two estimates of the rate.' \
            rate.pid.proportional= 'The weight of the current error.' \
            rate.pid.integral= 'The weight of the accumulated error.' \
            rate.pid.derivative= 'The weight of the change of the error.' \
            rising.enabled= 'Name the words that come far more often than usual. It has no effect with merge.enabled.' \
            rising.baseline= 'The usual count of a word is a mean over about this many window lengths. Older counts have less weight.' \
            rising.min_count= 'The least count of a word that rises. It is added to both counts that are compared, so that small ones are no news.' \
            new_words.enabled= 'Name the words that the stream has not had for a long time. It has no effect with merge.enabled.' \
            new_words.memory= 'A word is new that has not occurred for this time. It may be up to an eighth longer.' \
            new_words.min_count= 'The least count of a word that is new, in one window.' \
            new_words.learn= 'No word is new before the stream has been observed for this time.' \
            state.dir= 'The folder for snapshots of the counts, which must exist. Empty: no snapshots. Only source.kafka uses it.' \
            state.interval= 'The time between two snapshots.' \
            merge.enabled= 'Combine the counts of all members of source.kafka.group: each member shows the windows of all partitions.' \
            merge.topic= 'The pane log: a topic of one partition, in which the members report their counts. Empty: GROUP.panes.' \
            http.listen= 'The address of the HTTP server. Port 0 takes a free port.' \
            http.tls.cert_file= 'The server certificate with its chain, as PEM. It needs key_file. Empty: no TLS.' \
            http.tls.key_file= 'The private key of cert_file, as PEM without a passphrase.' \
            http.basic_auth.username= 'The user name for all requests. It needs password_file. Empty: no login.' \
            http.basic_auth.password_file= 'The file that holds the password, or its bcrypt hash as htpasswd -nB prints it.' \
            output.console= 'Write each closed window to standard output.' \
            output.kafka.topic= 'An existing topic of source.kafka\'s cluster that receives each closed window as a JSON record.' \
            output.dead_letters.topic= 'An existing topic of source.kafka\'s cluster for records that cannot be read. Headers name origin and reason.' \
            metrics.otlp.endpoint= 'An OpenTelemetry collector that gets the metrics by OTLP/HTTP. Empty: OTEL_EXPORTER_OTLP_ENDPOINT, or none.' \
            log.level= 'The lowest level that is logged.' \
            log.format= 'The format of log lines, which go to standard error.'
    end
end

complete -c rtcount -f
complete -c rtcount -n '__rtcount_is ""' -a run -d 'run the daemon'
complete -c rtcount -n '__rtcount_is ""' -a demo -d 'run the daemon on an embedded stream: no Kafka, no file'
complete -c rtcount -n '__rtcount_is ""' -a count -d 'count the words of files, of standard input for none or -, or of Kafka topics'
complete -c rtcount -n '__rtcount_is ""' -a top -d 'show the top words of a daemon in the terminal, live'
complete -c rtcount -n '__rtcount_is ""' -a config -d 'config check, show or schema'
complete -c rtcount -n '__rtcount_is ""' -a check -d 'check Kafka, the daemon, Prometheus and Grafana, one after the other'
complete -c rtcount -n '__rtcount_is ""' -a health -d 'ask /healthz of a daemon: for probes'
complete -c rtcount -n '__rtcount_is config' -a check -d 'report every error of FILE, or that it is ok'
complete -c rtcount -n '__rtcount_is config' -a show -d 'show the effective configuration, defaults included'
complete -c rtcount -n '__rtcount_is config' -a schema -d 'show the JSON Schema of the configuration'
complete -c rtcount -n '__rtcount_is count "config check" "config show"' -F
complete -c rtcount -n '__rtcount_is ""' -l version -d 'show the version'
complete -c rtcount -l help -d 'show this help'
complete -c rtcount -n '__rtcount_is run count check health' -l config -r -F -d 'the configuration'
complete -c rtcount -n '__rtcount_is demo' -l listen -x -d 'address of the HTTP server (default: 127.0.0.1:8000)'
complete -c rtcount -n '__rtcount_is demo' -l duration -x -d 'stop after this time: a whole number and ms, s, m, h or d'
complete -c rtcount -n '__rtcount_is count' -l format -x -a 'lines kcat' -d 'lines: each line is a record (default); kcat: envelopes of kcat -C -J'
complete -c rtcount -n '__rtcount_is count' -l output -x -a 'text json' -d 'text (default), or json: one object per line'
complete -c rtcount -n '__rtcount_is count' -l brokers -x -d 'count Kafka topics: addresses of some brokers'
complete -c rtcount -n '__rtcount_is count' -l topic -x -d 'a topic to count, or /regex/ (repeatable)'
complete -c rtcount -n '__rtcount_is count' -l last -x -d 'only records dated in this time up to now: a whole number and ms, s, m, h or d'
complete -c rtcount -n '__rtcount_is count' -l since -x -d 'only records dated at this time (RFC 3339) or later'
complete -c rtcount -n '__rtcount_is run demo count "config check" "config show" check health' -l set -x -a '(__rtcount_keys)' -d 'override one key of the configuration (repeatable)'
complete -c rtcount -n '__rtcount_is run demo count "config check" "config show" check health' -l log-level -x -a 'debug info warn error' -d 'debug, info, warn or error'
complete -c rtcount -n '__rtcount_is run demo count "config check" "config show" check health' -l log-format -x -a 'text json' -d 'text or json'
complete -c rtcount -n '__rtcount_is top check health' -l url -x -d 'address of the daemon (default: http.listen; for top http://127.0.0.1:8000)'
complete -c rtcount -n '__rtcount_is check' -l prometheus -x -d 'address of Prometheus (default: http://127.0.0.1:9090, if it answers there)'
complete -c rtcount -n '__rtcount_is check' -l grafana -x -d 'address of Grafana'
complete -c rtcount -n '__rtcount_is top check health' -l login-file -r -F -d 'file with USER:PASSWORD for the daemon'
complete -c rtcount -n '__rtcount_is check' -l prometheus-login-file -r -F -d 'file with USER:PASSWORD for Prometheus'
complete -c rtcount -n '__rtcount_is check' -l grafana-token-file -r -F -d 'file with the token of a Grafana service account'
complete -c rtcount -n '__rtcount_is top check health' -l ca-file -r -F -d 'file with certificates (PEM) to trust beside the usual ones'
complete -c rtcount -n '__rtcount_is top' -l rising -d 'show the words that come far more often than usual instead of the most frequent ones'
complete -c rtcount -n '__rtcount_is top' -l new -d 'show the words that the stream did not have before instead of the most frequent ones'
complete -c rtcount -n '__rtcount_is check' -l json -d 'print one JSON array of {check, status, message, remedy}'
