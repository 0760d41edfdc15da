# bash completion for rtcount
# deno task docs makes this file from the tables of commands, options and configuration keys.

# The options of a command.
_rtcount_options() {
  case $1 in
    "run") echo "--config --set --log-level --log-format --help" ;;
    "demo") echo "--listen --duration --set --log-level --log-format --help" ;;
    "count") echo "--brokers --topic --last --since --format --output --config --set --log-level --log-format --help" ;;
    "top") echo "--rising --new --url --login-file --ca-file --help" ;;
    "config check") echo "--set --log-level --log-format --help" ;;
    "config show") echo "--set --log-level --log-format --help" ;;
    "config schema") echo "--help" ;;
    "check") echo "--config --url --login-file --prometheus --prometheus-login-file --grafana --grafana-token-file --ca-file --json --set --log-level --log-format --help" ;;
    "health") echo "--config --url --login-file --ca-file --set --log-level --log-format --help" ;;
    "") echo "--help --version" ;;
    *) echo "--help" ;;
  esac
}

# The keys that --set takes.
_rtcount_keys() {
  echo "name=
    top=
    source.kafka.brokers=
    source.kafka.topics=
    source.kafka.group=
    source.kafka.start=
    source.kafka.isolation=
    source.kafka.check_crcs=
    source.kafka.max_bytes_per_partition=
    source.kafka.max_wait=
    source.kafka.metadata_interval=
    source.kafka.session_timeout=
    source.kafka.tls.enabled=
    source.kafka.tls.ca_file=
    source.kafka.tls.cert_file=
    source.kafka.tls.key_file=
    source.kafka.tls.server_name=
    source.kafka.tls.verify=
    source.kafka.sasl.mechanism=
    source.kafka.sasl.username=
    source.kafka.sasl.password=
    source.kafka.sasl.password_file=
    source.kafka.sasl.token_file=
    source.kafka.sasl.oauth.token_url=
    source.kafka.sasl.oauth.client_id=
    source.kafka.sasl.oauth.client_secret=
    source.kafka.sasl.oauth.client_secret_file=
    source.kafka.sasl.oauth.client_assertion_file=
    source.kafka.sasl.oauth.scope=
    source.kafka.sasl.oauth.audience=
    source.kafka.sasl.oauth.extensions=
    source.kafka.sasl.oauth.ca_file=
    source.kafka.sasl.aws.region=
    source.synthetic.tasks=
    source.synthetic.tasks.0.name=
    source.synthetic.tasks.0.rate=
    source.synthetic.delta_min=
    source.synthetic.delta_max=
    source.synthetic.max_rate=
    source.synthetic.vocabulary=
    source.synthetic.words_per_record=
    source.synthetic.random_seed=
    source.lines.path=
    records.format=
    records.schema_registry.url=
    records.schema_registry.username=
    records.schema_registry.password_file=
    records.schema_registry.token_file=
    records.schema_registry.ca_file=
    records.schema_registry.cert_file=
    records.schema_registry.key_file=
    records.schema_file=
    records.message=
    records.timestamp=
    records.timestamp_format=
    records.where=
    records.where.0.field=
    records.where.0.header=
    records.where.0.key=
    records.where.0.equals=
    records.where.0.not_equals=
    records.where.0.in=
    records.where.0.not_in=
    records.where.0.matches=
    records.where.0.min=
    records.where.0.max=
    records.where.0.exists=
    words.from=
    words.field=
    words.fields=
    words.joiner=
    words.header=
    words.key_format=
    words.replace=
    words.replace.0.pattern=
    words.replace.0.with=
    words.weight=
    words.separator=
    words.pattern=
    words.segmenter=
    words.locale=
    words.trim=
    words.lowercase=
    words.min_length=
    words.max_length=
    words.stop_words=
    words.stop_words_file=
    words.max_record_bytes=
    window.length=
    window.slide=
    window.time=
    window.lateness=
    window.idle=
    window.max_future=
    window.max_words=
    window.max_word_bytes=
    rate.backpressure=
    rate.min=
    rate.initial=
    rate.max=
    rate.max_per_partition=
    rate.replay=
    rate.interval=
    rate.pid.proportional=
    rate.pid.integral=
    rate.pid.derivative=
    rising.enabled=
    rising.baseline=
    rising.min_count=
    new_words.enabled=
    new_words.memory=
    new_words.min_count=
    new_words.learn=
    state.dir=
    state.interval=
    merge.enabled=
    merge.topic=
    http.listen=
    http.tls.cert_file=
    http.tls.key_file=
    http.basic_auth.username=
    http.basic_auth.password_file=
    output.console=
    output.kafka.topic=
    output.dead_letters.topic=
    metrics.otlp.endpoint=
    log.level=
    log.format="
}

# The values of a key that has few.
_rtcount_values() {
  case $1 in
    source.kafka.start) echo "window earliest latest" ;;
    source.kafka.isolation) echo "read_committed read_uncommitted" ;;
    source.kafka.check_crcs | \
      source.kafka.tls.enabled | \
      source.kafka.tls.verify | \
      records.where.0.key | \
      records.where.0.equals | \
      records.where.0.not_equals | \
      records.where.0.exists | \
      words.trim | \
      words.lowercase | \
      rate.backpressure | \
      rising.enabled | \
      new_words.enabled | \
      merge.enabled | \
      output.console) echo "true false" ;;
    source.kafka.sasl.mechanism) echo "plain scram-sha-256 scram-sha-512 oauthbearer aws-msk-iam" ;;
    records.format) echo "text json avro protobuf" ;;
    records.timestamp_format) echo "unix_ms unix rfc3339" ;;
    words.from) echo "value key header field" ;;
    words.key_format) echo "text int32 int64 uuid hex" ;;
    words.segmenter) echo "unicode" ;;
    window.time) echo "event processing" ;;
    log.level) echo "debug info warn error" ;;
    log.format) echo "text json" ;;
  esac
}

_rtcount() {
  local -a words=()
  local line=${COMP_LINE:0:COMP_POINT} command="" option="" value="" choices="" word i
  COMPREPLY=()
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  local last=$((${#words[@]} - 1))
  local current=${words[last]}

  for ((i = 1; i < last; i++)); do
    word=${words[i]}
    case $word in
      --config | --listen | --duration | --format | --output | --brokers | --topic | --last | --since | --set | --log-level | --log-format | --url | --prometheus | --grafana | --login-file | --prometheus-login-file | --grafana-token-file | --ca-file) i=$((i + 1)) ;;
      -*) ;;
      *)
        if [[ -z $command ]]; then command=$word
        elif [[ $command == config ]]; then command="$command $word"
        fi
        ;;
    esac
  done

  if [[ $current == --*=* ]]; then
    option=${current%%=*} value=${current#*=}
  elif ((last > 1)); then
    option=${words[last - 1]} value=$current
  fi
  case $option in
    --set)
      if [[ $value == *=* ]]; then
        for word in $(_rtcount_values "${value%%=*}"); do choices+="${value%%=*}=$word "; done
      else
        choices=$(_rtcount_keys)
      fi
      _rtcount_reply "$choices" "$current" "$value"
      return
      ;;
    --format)
      _rtcount_reply "lines kcat" "$current" "$value"
      return
      ;;
    --output)
      _rtcount_reply "text json" "$current" "$value"
      return
      ;;
    --log-level)
      _rtcount_reply "debug info warn error" "$current" "$value"
      return
      ;;
    --log-format)
      _rtcount_reply "text json" "$current" "$value"
      return
      ;;
    --config | --login-file | --prometheus-login-file | --grafana-token-file | --ca-file)
      compopt -o filenames 2> /dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$value")
      return
      ;;
    --listen | --duration | --brokers | --topic | --last | --since | --url | --prometheus | --grafana) return ;;
  esac

  if [[ $current == -* ]]; then
    choices=$(_rtcount_options "$command")
  else
    case $command in
      "") choices="run demo count top config check health" ;;
      config) choices="check show schema" ;;
      "count" | "config check" | "config show")
        compopt -o filenames 2> /dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    esac
  fi
  _rtcount_reply "$choices" "$current" "$current"
}

# Completes a value. bash replaces only the part after the last "=", if that breaks words.
_rtcount_reply() {
  local choices=$1 current=$2 value=$3 prefix=""
  mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$value")
  [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2> /dev/null
  if [[ $COMP_WORDBREAKS == *=* ]]; then
    [[ $value == *=* ]] && prefix=${value%"${value##*=}"}
    COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
  else
    COMPREPLY=("${COMPREPLY[@]/#/${current%"$value"}}")
  fi
}

complete -F _rtcount rtcount
