#!/usr/bin/env bash
# Installs rtcount from its tarball as a service, with its monitoring, on a machine whose packages are neither .deb nor .rpm.
# It makes the users and folders of the Spark lab (docs/spark-lab.md), checks the sums of archives and copies programs.

# For a call as `sh install.sh`.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"

set -euo pipefail
umask 022
export LC_ALL=C
# With CDPATH, `cd` could go elsewhere and would print the folder.
unset CDPATH

content=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly content
readonly bin=/usr/local/bin units=/etc/systemd/system

usage() {
  cat <<'TEXT'
usage: systemd/install.sh [OPTION...]

Installs ./rtcount, its systemd units, configuration and monitoring files. Needs root. A second run upgrades.
On a machine with apt or dnf install the package of rtcount instead.

  --prometheus ARCHIVE --sha256 SUM      also install Prometheus, from the archive of its project
  --node-exporter ARCHIVE --sha256 SUM   also install node_exporter, likewise
  --uninstall                            remove programs and units; keep configuration, data and users
  --help                                 print this help

Each --sha256 belongs to the archive before it.
An existing configuration is never overwritten: a new version is written beside it as FILE.new.
TEXT
}

say() { printf '%s\n' "$@"; }

# Prints the reason and the remedy.
refuse() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

wrong_usage() {
  printf 'install.sh: %s (see install.sh --help)\n' "$*" >&2
  exit 2
}

# ---------------------------------------------------------------- the command line

uninstall=''
declare -A archive=() sum=()

parse() {
  local last='' option name
  while (($# > 0)); do
    option=$1
    shift
    case $option in
      --prometheus | --node-exporter | --sha256)
        if (($# == 0)) || [[ -z $1 || $1 == --* ]]; then wrong_usage "$option needs a value"; fi
        ;;&
      --prometheus | --node-exporter)
        name=${option#--} last=${name/-/_}
        [[ -z ${archive[$last]:-} ]] || wrong_usage "$option is given twice"
        archive[$last]=$1
        shift
        ;;
      --sha256)
        [[ -n $last && -z ${sum[$last]:-} ]] || wrong_usage "--sha256 must follow the archive to which it belongs"
        [[ $1 =~ ^[0-9a-fA-F]{64}$ ]] || wrong_usage "--sha256 is \"$1\", wanted 64 hexadecimal digits"
        sum[$last]=${1,,}
        shift
        ;;
      --uninstall) uninstall=1 ;;
      --help)
        usage
        exit 0
        ;;
      *) wrong_usage "unknown option $option" ;;
    esac
  done
  for name in "${!archive[@]}"; do
    [[ -n ${sum[$name]:-} ]] ||
      wrong_usage "--${name/_/-} needs its --sha256 after it: the sum is beside the archive at https://prometheus.io/download/"
    [[ -z $uninstall ]] || wrong_usage "--uninstall takes no archive"
  done
}

# ---------------------------------------------------------------- checks, before anything is written

check_machine() {
  local tool unit
  ((EUID == 0)) || refuse "the installation writes to /etc and adds users, so it needs root: sudo systemd/install.sh ..."
  for tool in systemctl systemd-sysusers systemd-tmpfiles setpriv; do
    command -v "$tool" >/dev/null || refuse "$tool is missing: the units need systemd"
  done
  # A unit in /etc would override that of the package.
  for unit in rtcount ${archive[prometheus]:+prometheus} ${archive[node_exporter]:+node_exporter}; do
    [[ ! -e /usr/lib/systemd/system/$unit.service && ! -e /lib/systemd/system/$unit.service ]] ||
      refuse "a package has installed $unit.service: use that one, or remove the package first"
  done
}

# Refuses a program that does not run here, such as one for another machine type.
check_program() {
  [[ -f $1 ]] || refuse "$1 is missing: use the unchanged archive, or build rtcount with \"deno task compile\""
  "$1" --version >/dev/null 2>&1 || refuse "$1 --version fails: use the archive for $(uname -m)"
}

# Checks the sum of an archive and unpacks it to $work/NAME.
unpack() {
  local name=$1 file=${archive[$1]} actual
  [[ -f $file && -r $file ]] || refuse "$file is not a readable file: --${name/_/-} needs the downloaded archive"
  actual=$(sha256sum <"$file" | cut -d ' ' -f 1)
  [[ $actual == "${sum[$name]}" ]] ||
    refuse "the SHA-256 of $file is $actual, wanted ${sum[$name]}: the file is damaged, or the sum is of another file; download both again"
  mkdir -- "$work/$name"
  tar --extract --no-same-owner --force-local --strip-components=1 --file="$file" --directory="$work/$name" ||
    refuse "$file cannot be unpacked (see above): use the unchanged .tar.gz"
  # A link could lead out of the archive.
  [[ -z $(find "$work/$name" ! -type f ! -type d -print -quit) ]] ||
    refuse "$file contains more than files and folders: use the unchanged archive"
}

# ---------------------------------------------------------------- installation

# put FROM TO [USER [GROUP [MODE]]]: replaces a file, so that a running program keeps the one that it was started from. A
# service's user can put a link into its own folder, which root must not follow: USER makes the copy.
put() {
  local from=$1 to=$2 user=${3:-root} group=${4:-${3:-root}} mode=${5:-644}
  ! cmp -s -- "$from" "$to" || return 0
  run_as "$user" tee -- "$to.part" <"$from" >/dev/null
  run_as "$user" chgrp -- "$group" "$to.part"
  run_as "$user" chmod -- "$mode" "$to.part"
  run_as "$user" mv -fT -- "$to.part" "$to"
  say "install $to"
}

run_as() { setpriv --reuid "$1" --regid "$1" --clear-groups "${@:2}"; }

# The same for a file that users edit.
put_unless_edited() {
  local to=$2
  if [[ -L $to ]] || { [[ -e $to ]] && ! cmp -s -- "$1" "$to"; }; then
    to=$2.new
    say "$2 is kept; the new version is $to"
  fi
  put "$1" "$to" "${@:3}"
}

# put_tree FROM TO USER: the same for all files below a folder.
put_tree() {
  local from=$1 to=$2 user=$3 file
  while IFS= read -r -d '' file; do
    [[ -d $(dirname -- "$to/$file") ]] || run_as "$user" mkdir -p -- "$(dirname -- "$to/$file")"
    put_unless_edited "$from/$file" "$to/$file" "$user"
  done < <(cd "$from" && find . -type f -printf '%P\0' | sort -z)
}

install_all() {
  local name file user
  check_program "$content/rtcount"
  for name in "${!archive[@]}"; do unpack "$name"; done
  [[ -z ${archive[prometheus]:-} ]] || check_program "$work/prometheus/prometheus"
  [[ -z ${archive[node_exporter]:-} ]] || check_program "$work/node_exporter/node_exporter"

  mkdir -p /etc/sysusers.d /etc/tmpfiles.d "$bin"
  for file in "$content"/systemd/{sysusers,tmpfiles}.d/*.conf; do put "$file" "/etc/${file#"$content/systemd/"}"; done
  systemd-sysusers /etc/sysusers.d/rtcount{,-monitoring}.conf
  systemd-tmpfiles --create /etc/tmpfiles.d/rtcount{,-monitoring}.conf

  put "$content/rtcount" "$bin/rtcount" root root 755
  for file in rtcount.service rtcount@.service; do put "$content/systemd/$file" "$units/$file"; done
  for file in rtcount.yaml spark-lab.yaml; do
    put_unless_edited "$content/systemd/$file" "/etc/rtcount/$file" root rtcount 640
  done

  # Prometheus may be there already, with a folder of its own user.
  user=$(stat -c %U /etc/prometheus)
  if [[ -n ${archive[prometheus]:-} ]]; then
    for file in prometheus promtool; do put "$work/prometheus/$file" "$bin/$file" root root 755; done
    put "$content/systemd/prometheus.service" "$units/prometheus.service"
    # Prometheus 3 has no consoles.
    for file in consoles console_libraries; do
      [[ ! -d $work/prometheus/$file ]] || put_tree "$work/prometheus/$file" "/etc/prometheus/$file" "$user"
    done
  fi
  if [[ -n ${archive[node_exporter]:-} ]]; then
    put "$work/node_exporter/node_exporter" "$bin/node_exporter" root root 755
    put "$content/systemd/node_exporter.service" "$units/node_exporter.service"
  fi
  put_unless_edited "$content/monitoring/prometheus.yml" /etc/prometheus/prometheus.yml "$user"
  for file in rules consoles; do put_tree "$content/monitoring/$file" "/etc/prometheus/$file" "$user"; done
  install_dashboard
  systemctl daemon-reload
  say_what_is_left
}

# Grafana looks for dashboards in the folder that its provisioning names.
install_dashboard() {
  local from=$content/monitoring/grafana folder
  if [[ ! -d /etc/grafana ]]; then
    say "Grafana is not installed: install it and run this again for the data source and the dashboard."
    return
  fi
  folder=$(sed -n 's/^ *path: *//p' "$from"/provisioning/dashboards/rtcount.yml)
  mkdir -p "$folder"
  put_tree "$from/provisioning" /etc/grafana/provisioning root
  put_tree "$from/dashboards" "$folder" root
  say "Grafana reads the new files when it starts: systemctl restart grafana-server"
}

say_what_is_left() {
  local unit
  say "" "Set the Kafka brokers in /etc/rtcount/rtcount.yaml. Then these commands start everything:" ""
  for unit in rtcount prometheus node_exporter; do
    [[ ! -e $units/$unit.service ]] || say "    systemctl enable --now $unit"
  done
  say "" "After an upgrade restart what runs: systemctl try-restart rtcount 'rtcount@*' prometheus node_exporter"
}

# ---------------------------------------------------------------- removal

uninstall_all() {
  local unit
  for unit in rtcount prometheus node_exporter; do
    # Another unit of this name is not from here.
    cmp -s -- "$content/systemd/$unit.service" "$units/$unit.service" || continue
    systemctl --quiet disable --now "$unit"
    rm -f -- "$units/$unit.service" "$bin/$unit"
    say "remove $unit"
    [[ $unit != prometheus ]] || rm -f -- "$bin/promtool"
    [[ $unit != rtcount ]] || remove_instances
  done
  rm -f /etc/{sysusers,tmpfiles}.d/rtcount{,-monitoring}.conf
  systemctl daemon-reload
  say "kept: /etc/rtcount, /var/lib/rtcount, /etc/prometheus, /var/lib/prometheus, and the users rtcount, prometheus and node_exporter"
}

remove_instances() {
  systemctl stop 'rtcount@*.service'
  rm -f -- "$units"/*.wants/rtcount@*.service "$units/rtcount@.service"
}

parse "$@"
check_machine
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
if [[ -n $uninstall ]]; then uninstall_all; else install_all; fi
