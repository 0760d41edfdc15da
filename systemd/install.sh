#!/usr/bin/env bash
# Installs rtcount as a service together with its monitoring: units, users, folders, configuration, and the files for
# Prometheus and Grafana. A second run changes nothing that is up to date. `install.sh --help` lists the options.
#
# It checks everything that it could refuse before it writes anything. PREFIX/share/rtcount/manifest records each
# installed file and its checksum. So a later run recognizes edited files, and --uninstall knows what to remove.

# For a call as `sh install.sh`.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"

set -euo pipefail
umask 022
export LC_ALL=C
# With CDPATH, `cd` could go elsewhere and would print the folder.
unset CDPATH

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly repository
readonly units=/etc/systemd/system
readonly config=/etc/rtcount
readonly prometheus_config=/etc/prometheus
readonly grafana_config=/etc/grafana
readonly data=(/var/lib/rtcount /var/lib/prometheus)
readonly users=(rtcount prometheus node_exporter)
# The Debian packages that may bring them.
declare -rA package_of=([prometheus]=prometheus [node_exporter]=prometheus-node-exporter)

usage() {
  cat <<'TEXT'
usage: systemd/install.sh [OPTION...]

Installs ./rtcount, its systemd units, configuration and monitoring files. Needs root.

  --prometheus ARCHIVE --sha256 SUM      also install Prometheus, from the archive of its project
  --node-exporter ARCHIVE --sha256 SUM   also install node_exporter, likewise
  --prefix DIR                           install programs in DIR/bin (default: /usr/local)
  --dry-run                              print what would be done and do nothing
  --uninstall                            remove what was installed, but keep data and edited files
  --help                                 print this help

Each --sha256 belongs to the archive before it. If Debian's package prometheus or prometheus-node-exporter is installed,
that package is configured and used.
An edited file is never overwritten: the new version is written beside it as FILE.new.
TEXT
}

say() { printf '%s\n' "$*"; }
warn() { printf 'install.sh: %s\n' "$*" >&2; }

# Prints the reason and the remedy.
refuse() {
  warn "$*"
  exit 1
}

wrong_usage() {
  warn "$* (see install.sh --help)"
  exit 2
}

# ---------------------------------------------------------------- the command line

prefix=/usr/local dry_run='' uninstall=''
declare -A archive=([prometheus]='' [node_exporter]='') sum=([prometheus]='' [node_exporter]='')

parse() {
  local last='' option
  while (($# > 0)); do
    option=$1
    case $option in
      --prometheus | --node-exporter | --sha256 | --prefix)
        if (($# < 2)) || [[ -z $2 || $2 == --* ]]; then wrong_usage "$option needs a value"; fi
        ;;
    esac
    case $option in
      --prometheus | --node-exporter)
        last=${option#--} last=${last/-/_}
        [[ -z ${archive[$last]} ]] || wrong_usage "$option is given twice"
        archive[$last]=$2
        shift
        ;;
      --sha256)
        [[ -n $last ]] || wrong_usage "--sha256 must follow the archive to which it belongs"
        [[ -z ${sum[$last]} ]] || wrong_usage "--${last/_/-} has two sums"
        [[ $2 =~ ^[0-9a-fA-F]{64}$ ]] || wrong_usage "--sha256 is \"$2\", wanted 64 hexadecimal digits"
        sum[$last]=${2,,}
        shift
        ;;
      --prefix)
        prefix=$2
        shift
        ;;
      --dry-run) dry_run=1 ;;
      --uninstall) uninstall=1 ;;
      --help)
        usage
        exit 0
        ;;
      *) wrong_usage "unknown option $option" ;;
    esac
    shift
  done
  for last in "${!archive[@]}"; do
    [[ -z ${archive[$last]} || -n ${sum[$last]} ]] ||
      wrong_usage "--${last/_/-} needs its --sha256 after it: the sum is beside the archive at https://prometheus.io/download/"
    [[ -z ${archive[$last]} || -z $uninstall ]] || wrong_usage "--uninstall takes no archive"
  done
}

check_prefix() {
  [[ $prefix == /*[!/]* ]] || wrong_usage "--prefix is \"$prefix\", wanted an absolute path, of a folder below /"
  prefix=${prefix%"${prefix##*[!/]}"}
  # The prefix is written into units, where other characters have a special meaning.
  [[ $prefix =~ ^[A-Za-z0-9/._+@\ -]+$ ]] ||
    wrong_usage "--prefix is \"$prefix\", wanted a path of letters, digits, blanks and / . _ + @ -"
  case $prefix/ in
    *//* | */./* | */../*) wrong_usage "--prefix is \"$prefix\", wanted a path without //, . and .." ;;
    /home/* | /root/* | /run/* | /tmp/* | /var/tmp/*)
      wrong_usage "--prefix is \"$prefix\", which the units hide from the services: take another, such as /opt/rtcount"
      ;;
  esac
}

# ---------------------------------------------------------------- actions, or what they would do

work=''
pending=''
# Set while the installation may be incomplete.
is_half_done=''
clean_up() {
  [[ -z $pending ]] || rm -f -- "$pending"
  if [[ -n $is_half_done ]]; then
    write_manifest || warn "$manifest could not be written (see above)"
    warn "the installation is incomplete (see above): remove the cause and run it again, or undo it with --uninstall"
  fi
  [[ -z $work ]] || rm -rf -- "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

changes=0
# act DESCRIPTION COMMAND...
act() {
  local what=$1
  shift
  changes=$((changes + 1))
  if [[ -n $dry_run ]]; then
    say "would $what"
  else
    say "$what"
    "$@"
  fi
}

# The manifest lists the kind of each path and the SHA-256 of each installed file.
#   program   a program, always replaced
#   file      a file that users may edit; it is replaced while it is unedited
#   proposal  a FILE.new
#   original  FILE.before-rtcount, the version of Debian's package
#   folder    a folder made by the installation, removed when empty
#   user      an added user
# In a dry run, would-be is a folder that a real run would have made by now.
declare -A kind_of=() sum_of=()
read_manifest() {
  local kind sum path
  [[ -e $manifest ]] || return 0
  while read -r kind sum path; do
    kind_of[$path]=$kind sum_of[$path]=$sum
  done <"$manifest"
}

write_manifest() {
  local path
  for path in "${!kind_of[@]}"; do
    printf '%s %s %s\n' "${kind_of[$path]}" "${sum_of[$path]}" "$path"
  done | sort -k 3 >"$work/manifest" || return
  [[ -n $dry_run ]] || cmp -s -- "$work/manifest" "$manifest" || copy "$work/manifest" "$manifest" root:root 644
}

record() { kind_of[$1]=$2 sum_of[$1]=$3; }
# shellcheck disable=SC2016 # unset expands $1 itself
forget() { unset 'kind_of[$1]' 'sum_of[$1]'; }
sum_of_file() { sha256sum <"$1" | cut -d ' ' -f 1; }

# Sets `as` to a command prefix that runs as OWNER (USER:GROUP), if that user may write to FOLDER: the user could have put a
# link there, which root must not follow.
as_owner_of() {
  local folder=$1 owner=$2
  as=()
  [[ $owner == root:* || $(stat -c %U -- "$folder") != "${owner%:*}" ]] ||
    as=(setpriv --reuid "${owner%:*}" --regid "${owner#*:}" --clear-groups)
}

# Replaces a file atomically: a running program keeps the file that it was started from.
copy() {
  local from=$1 to=$2 owner=$3 mode=$4 folder=${2%/*} as
  as_owner_of "$folder" "$owner"
  # The && chain stops at the first failure, even where errexit is off.
  if pending=$("${as[@]}" mktemp "$folder/.rtcount.XXXXXX") &&
    "${as[@]}" tee -- "$pending" <"$from" >/dev/null &&
    "${as[@]}" chown -- "$owner" "$pending" &&
    "${as[@]}" chmod -- "$mode" "$pending" &&
    "${as[@]}" mv -fT -- "$pending" "$to"; then
    pending=''
    return
  fi
  rm -f -- "$pending"
  pending=''
  return 1
}

remove() { act "remove $1" rm -f -- "$1"; }

# Makes the folder and its missing parents.
make_folder() {
  local path=$1 owner=${2:-root:root} above
  [[ ! -d $path && ${kind_of[$path]:-} != would-be ]] || return 0
  above=$(dirname -- "$path")
  [[ $above == / ]] || make_folder "$above"
  act "make $path" add_folder "$path" "$owner"
  if [[ -n $dry_run ]]; then record "$path" would-be -; else record "$path" folder -; fi
}

add_folder() {
  local path=$1 owner=$2 as
  as_owner_of "$(dirname -- "$path")" "$owner"
  "${as[@]}" install -d -m 755 -o "${owner%:*}" -g "${owner#*:}" -- "$path"
}

place_program() {
  local from=$1 to=$2 is
  is=$(stat -c '%U:%G %a' -- "$to" 2>/dev/null) || is=''
  if [[ $is != "root:root 755" ]] || ! cmp -s -- "$from" "$to"; then
    act "install $to" copy "$from" "$to" root:root 755
    replaced=1
  fi
  record "$to" program -
}

# Installs a file that users may edit.
place() {
  local from=$1 to=$2 owner=$3 mode=$4 new
  new=$(sum_of_file "$from")
  if [[ ! -e $to && ! -L $to ]]; then
    act "install $to" copy "$from" "$to" "$owner" "$mode"
  elif cmp -s -- "$from" "$to"; then
    if [[ ${kind_of[$to.new]:-} == proposal ]]; then
      remove "$to.new"
      forget "$to.new"
    fi
  elif is_untouched "$to"; then
    act "replace $to" copy "$from" "$to" "$owner" "$mode"
  elif is_of_debian "$to"; then
    act "keep Debian's $to as $to.before-rtcount" cp -p --remove-destination -- "$to" "$to.before-rtcount"
    record "$to.before-rtcount" original -
    act "replace $to" copy "$from" "$to" "$owner" "$mode"
  else
    # The user's file and its entry in the manifest stay.
    cmp -s -- "$from" "$to.new" || act "install $to.new" copy "$from" "$to.new" "$owner" "$mode"
    record "$to.new" proposal -
    proposals+=("$to")
    return
  fi
  record "$to" file "$new"
}

is_untouched() {
  [[ ! -L $1 && ${kind_of[$1]:-} == file && $(sum_of_file "$1") == "${sum_of[$1]}" ]]
}

# Whether the file is as Debian's package installed it.
is_of_debian() {
  [[ ! -L $1 ]] && has_package prometheus || return 1
  local digest
  digest=$(dpkg-query --show --showformat='${Conffiles}\n' prometheus | awk -v path="$1" '$1 == path { print $2 }')
  [[ -n $digest && $(md5sum <"$1" | cut -d ' ' -f 1) == "$digest" ]]
}

has_package() {
  command -v dpkg-query >/dev/null &&
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

has_systemd() { [[ -d /run/systemd/system ]]; }

is_active() { has_systemd && systemctl --quiet is-active "$1"; }

# ---------------------------------------------------------------- checks

check_machine() {
  local tool
  ((EUID == 0)) || refuse "the installation writes to /etc and adds users, so it needs root: sudo systemd/install.sh ..."
  for tool in systemctl systemd-sysusers systemd-tmpfiles setpriv; do
    command -v "$tool" >/dev/null || refuse "$tool is missing: the units need systemd, as on Debian 12 (apt-get install systemd)"
  done
}

check_checkout() {
  local file
  for file in systemd/{rtcount.service,rtcount@.service,prometheus.service,node_exporter.service} \
    systemd/{sysusers.d,tmpfiles.d}/rtcount.conf systemd/{rtcount,spark-lab}.yaml \
    monitoring/prometheus.yml monitoring/rules monitoring/consoles monitoring/grafana/{provisioning,dashboards}; do
    [[ -r $repository/$file ]] || refuse "$repository/$file is missing: run install.sh in a complete checkout"
  done
  [[ $(dashboards_folder) == /* ]] ||
    refuse "$repository/monitoring/grafana/provisioning/dashboards does not name exactly one folder of dashboards: it must have one line \"path: /FOLDER\""
}

# The folder in which the shipped provider makes Grafana look for dashboards.
dashboards_folder() { sed -n 's/^ *path: *//p' "$repository"/monitoring/grafana/provisioning/dashboards/*; }

# An installation under another prefix would leave a mix of both.
check_other_prefix() {
  local unit=$units/rtcount.service
  [[ ! -r $unit || -e $manifest ]] || grep -qF -- "$prefix/bin/rtcount" "$unit" ||
    refuse "$unit exists and runs another program ($(sed -n 's/^ExecStart=//p' "$unit")): uninstall that first (install.sh --uninstall --prefix DIR), or remove the unit"
}

# Prints class, byte order and machine of an ELF file.
elf_machine() {
  [[ $(head -c 4 -- "$1" | od -An -tx1) == " 7f 45 4c 46" ]] || return 1
  od -An -tx1 -j 4 -N 2 -- "$1"
  od -An -tx1 -j 18 -N 2 -- "$1"
}

# Refuses a program that this machine cannot run.
check_program() {
  local file=$1 of=$2 machine
  [[ -f $file && ! -L $file ]] || refuse "$of has no file ${file##*/}: use the unchanged archive for Linux"
  machine=$(elf_machine "$file") || refuse "$file of $of is not a program for Linux"
  [[ $machine == "$(elf_machine "$BASH")" ]] ||
    refuse "${file##*/} of $of is built for another machine type: use the build for $(uname -m)"
}

check_rtcount() {
  local binary=$repository/rtcount said
  [[ -f $binary ]] ||
    refuse "$binary is missing: build it with \"npx --yes deno@2.9.6 task compile\" (or \"deno task compile\") in $repository"
  check_program "$(realpath -- "$binary")" "$repository"
  said=$("$binary" --version 2>&1) || refuse "$binary --version fails: $said; build it again with \"deno task compile\""
}

# Checks the checksum and unpacks the archive.
check_archive() {
  local name=$1 file=${archive[$1]} package=${package_of[$1]} is folder
  shift
  ! has_package "$package" ||
    refuse "Debian's package $package is installed: leave --${name/_/-} out to use that one, or remove it first (apt-get remove $package)"
  [[ -f $file && -r $file ]] || refuse "$file is not a readable file: --${name/_/-} needs the downloaded archive"
  is=$(sum_of_file "$file")
  [[ $is == "${sum[$name]}" ]] ||
    refuse "the SHA-256 of $file is $is, wanted ${sum[$name]}: the file is damaged, or the sum is of another file; download both again"
  mkdir -- "$work/$name"
  tar --extract --no-same-owner --force-local --file="$file" --directory="$work/$name" ||
    refuse "$file cannot be unpacked (see above): use the unchanged .tar.gz"
  # Links could lead out of the archive, and the manifest has one name per line.
  [[ -z $(find "$work/$name" \( ! -type f ! -type d -o -name '*[^A-Za-z0-9._-]*' \) -print -quit) ]] ||
    refuse "$file contains more than files and folders with plain names: use the unchanged archive"
  folder=$(find "$work/$name" -mindepth 1 -maxdepth 1)
  [[ -d $folder ]] || refuse "$file does not contain exactly one folder: use the unchanged archive"
  for file in "$@"; do check_program "$folder/$file" "${archive[$name]}"; done
  unpacked[$name]=$folder
}

check_users() {
  local user shell
  for user in "${users[@]}"; do
    shell=$(getent passwd "$user" | cut -d : -f 7) || shell=''
    case $shell in
      '' | */false | */nologin) ;;
      *) warn "the user $user exists with the shell $shell and is not changed; to remove the shell: usermod --shell /bin/false $user" ;;
    esac
  done
}

# ---------------------------------------------------------------- installation

add_users() {
  local user added=()
  place "$repository/systemd/sysusers.d/rtcount.conf" /etc/sysusers.d/rtcount.conf root:root 644
  for user in "${users[@]}"; do
    getent passwd "$user" >/dev/null || added+=("$user")
  done
  for user in "${added[@]}"; do record "$user" user -; done
  if ((${#added[@]} > 0)); then act "add the users ${added[*]}" systemd-sysusers /etc/sysusers.d/rtcount.conf; fi
}

make_folders() {
  local folder missing=''
  place "$repository/systemd/tmpfiles.d/rtcount.conf" /etc/tmpfiles.d/rtcount.conf root:root 644
  for folder in "$config" "$prometheus_config" "${data[@]}"; do [[ -d $folder ]] || missing+=" $folder"; done
  if [[ -n $missing ]]; then act "make$missing" systemd-tmpfiles --create /etc/tmpfiles.d/rtcount.conf; fi
  # Earlier versions gave the folder and its files to the service's user.
  if [[ -n $(find "$config" -maxdepth 1 -user rtcount -print -quit 2>/dev/null) ]]; then
    act "give $config and its files to root" find "$config" -maxdepth 1 -user rtcount -exec chown -h root {} +
  fi
}

# The shipped units name programs under /usr/local.
place_unit() {
  local unit=$1
  sed "s|/usr/local/bin/\([a-z_]*\)|\"$prefix/bin/\1\"|" <"$repository/systemd/$unit" >"$work/$unit"
  [[ $prefix != /usr/local ]] || cp -- "$repository/systemd/$unit" "$work/$unit"
  place "$work/$unit" "$units/$unit" root:root 644
}

# Installs all files below a folder, with their folders.
place_tree() {
  local from=$1 to=$2 owner=$3 file
  [[ -d $from ]] || return 0
  while IFS= read -r -d '' file; do
    make_folder "$(dirname -- "$to/$file")" "$owner"
    place "$from/$file" "$to/$file" "$owner" 644
  done < <(cd "$from" && find . -type f -printf '%P\0' | sort -z)
}

install_rtcount() {
  make_folder "$prefix/bin"
  place_program "$repository/rtcount" "$prefix/bin/rtcount"
  place_unit rtcount.service
  place_unit rtcount@.service
  place "$repository/systemd/rtcount.yaml" "$config/rtcount.yaml" root:rtcount 640
  place "$repository/systemd/spark-lab.yaml" "$config/spark-lab.yaml" root:rtcount 640
}

# As in the Spark lab (docs/spark-lab.md), the user prometheus owns its consoles and configuration. Programs are root's: a
# service must not be able to change what it runs.
install_prometheus() {
  local from=${unpacked[prometheus]:-} program
  if [[ -n $from ]]; then
    for program in prometheus promtool; do
      place_program "$from/$program" "$prefix/bin/$program"
    done
    # Prometheus 3 has no consoles.
    place_tree "$from/consoles" "$prometheus_config/consoles" prometheus:prometheus
    place_tree "$from/console_libraries" "$prometheus_config/console_libraries" prometheus:prometheus
  fi
  if ! has_package prometheus && [[ -n $from || -e $prefix/bin/prometheus ]]; then place_unit prometheus.service; fi
  place "$repository/monitoring/prometheus.yml" "$prometheus_config/prometheus.yml" prometheus:prometheus 644
  place_tree "$repository/monitoring/rules" "$prometheus_config/rules" prometheus:prometheus
  place_tree "$repository/monitoring/consoles" "$prometheus_config/consoles" prometheus:prometheus
}

install_node_exporter() {
  local from=${unpacked[node_exporter]:-}
  if [[ -n $from ]]; then
    place_program "$from/node_exporter" "$prefix/bin/node_exporter"
  fi
  if ! has_package prometheus-node-exporter && [[ -n $from || -e $prefix/bin/node_exporter ]]; then
    place_unit node_exporter.service
  fi
}

install_grafana() {
  local from=$repository/monitoring/grafana
  if [[ ! -d $grafana_config ]]; then
    place_tree "$from" "$prefix/share/rtcount/grafana" root:root
    return
  fi
  place_tree "$from/provisioning" "$grafana_config/provisioning" root:root
  place_tree "$from/dashboards" "$(dashboards_folder)" root:root
}

install_all() {
  check_checkout
  check_other_prefix
  check_rtcount
  declare -gA unpacked=()
  if [[ -n ${archive[prometheus]} ]]; then check_archive prometheus prometheus promtool; fi
  if [[ -n ${archive[node_exporter]} ]]; then check_archive node_exporter node_exporter; fi
  check_users

  [[ -n $dry_run ]] || is_half_done=1
  replaced='' proposals=()
  make_folder "$prefix/share/rtcount"
  make_folder /etc/sysusers.d
  make_folder /etc/tmpfiles.d
  add_users
  make_folders
  install_rtcount
  install_prometheus
  install_node_exporter
  install_grafana
  write_manifest
  is_half_done=''
  if has_systemd && ((changes > 0)); then act "reload systemd's units" systemctl daemon-reload; fi
  ((changes > 0)) || say "Nothing to change: everything is installed."
  say_what_is_left
}

# Prints the command that makes a unit run what is installed now.
start_command() {
  if is_active "$1" && ((changes > 0)); then say "    systemctl restart $1"; else say "    systemctl enable --now $1"; fi
}

say_what_is_left() {
  local path unit exporter=node_exporter instance missing=''
  ! has_package prometheus-node-exporter || exporter='prometheus-node-exporter'
  for path in "${proposals[@]}"; do
    say "$path was edited and is kept; the new version is $path.new: diff -u $path $path.new"
  done
  for unit in prometheus node_exporter; do
    [[ -z ${kind_of[$units/$unit.service]:-} ]] || ! has_package "${package_of[$unit]}" ||
      say "$units/$unit.service overrides the unit of Debian's package: rm $units/$unit.service; systemctl daemon-reload"
  done
  if [[ ! -d $grafana_config ]]; then
    say "Grafana is not installed. Its files are in $prefix/share/rtcount/grafana; install Grafana and run this again."
  elif is_active grafana-server; then
    say "Grafana reads the new files when it starts: systemctl restart grafana-server"
  fi
  has_package prometheus || [[ -e $prefix/bin/prometheus || -n ${unpacked[prometheus]:-} ]] || missing=Prometheus
  has_package prometheus-node-exporter || [[ -e $prefix/bin/node_exporter || -n ${unpacked[node_exporter]:-} ]] ||
    missing+="${missing:+ and }node_exporter"
  if [[ -n $missing ]]; then
    cat <<TEXT

Not installed yet: $missing. Download from https://prometheus.io/download/ and run
    systemd/install.sh --prometheus ARCHIVE --sha256 SUM --node-exporter ARCHIVE --sha256 SUM
or install Debian's packages and run this again:
    apt-get install -o Dpkg::Options::=--force-confold prometheus prometheus-node-exporter
TEXT
  fi
  if [[ -n $replaced ]] && has_systemd; then
    while read -r instance _; do
      say "$instance still runs the old program: systemctl restart $instance"
    done < <(systemctl list-units --plain --no-legend --state=active 'rtcount@*.service')
  fi
  cat <<TEXT

Set the Kafka brokers in $config/rtcount.yaml. Then these three commands start everything:

$(start_command rtcount)
$(start_command prometheus)
$(start_command "$exporter")

After four starts within an hour systemd does not start rtcount again. Manual starts count too. This resets the count:
    systemctl reset-failed rtcount
TEXT
}

# ---------------------------------------------------------------- uninstallation

# Lists installed units that run or are enabled, instances included.
our_units() {
  local unit path
  for unit in rtcount prometheus node_exporter; do
    [[ -z ${kind_of[$units/$unit.service]:-} ]] || say "$unit.service"
  done
  {
    for path in "$units"/*.wants/rtcount@*.service; do [[ ! -L $path ]] || say "${path##*/}"; done
    ! has_systemd || systemctl list-units --all --plain --no-legend 'rtcount@*.service' | cut -d ' ' -f 1
  } | sort -u
}

uninstall_all() {
  local unit path user kept=() folders=()
  if [[ ! -e $manifest ]]; then
    say "Nothing to remove: rtcount is not installed under $prefix ($manifest does not exist)."
    return
  fi
  while read -r unit; do
    act "stop and disable $unit" stop_unit "$unit"
  done < <(our_units)

  while IFS= read -r path; do
    case ${kind_of[$path]} in
      program | proposal) remove "$path" ;;
      original) ;;
      folder) folders+=("$path") ;;
      file)
        if [[ ! -e $path && ! -L $path ]]; then
          continue
        elif ! is_untouched "$path"; then
          kept+=("$path")
        elif [[ ${kind_of[$path.before-rtcount]:-} == original ]]; then
          act "put Debian's $path back" mv -fT -- "$path.before-rtcount" "$path"
        else
          remove "$path"
        fi
        ;;
    esac
  done < <(printf '%s\n' "${!kind_of[@]}" | sort)
  remove "$manifest"
  # Deepest first; a folder that is not empty stays.
  while IFS= read -r path; do
    [[ ! -d $path ]] || act "remove $path, if it is empty" rmdir --ignore-fail-on-non-empty -- "$path"
  done < <(printf '%s\n' "${folders[@]}" "$config" "$prometheus_config" "${data[@]}" | sort -ru)
  if has_systemd; then act "reload systemd's units" systemctl daemon-reload; fi

  for path in "${data[@]}"; do
    # Debian's package manages its own data.
    [[ ! -d $path ]] || { [[ $path == */prometheus ]] && has_package prometheus; } || kept+=("$path")
  done
  for user in "${users[@]}"; do
    [[ ${kind_of[$user]:-} == user ]] || continue
    if owns_any "$user" "${kept[@]}"; then
      say "The user $user is kept: it owns files that are kept."
    elif runs_a_unit "$user"; then
      say "The user $user is kept: another unit runs as this user."
    elif getent passwd "$user" >/dev/null; then
      act "remove the user $user" remove_user "$user"
    fi
  done
  if has_package prometheus && is_active prometheus; then
    say "Debian's Prometheus still runs with the old configuration: systemctl restart prometheus"
  fi
  for path in "${kept[@]}"; do say "kept: $path"; done
  ((${#kept[@]} == 0)) || say "Kept files are data or were edited: remove them yourself if you do not need them."
}

stop_unit() {
  local unit=$1
  if has_systemd; then
    [[ $(systemctl show --value --property ActiveState "$unit") == inactive ]] || systemctl stop "$unit"
    systemctl reset-failed "$unit" 2>/dev/null || true # the unit had no failures
  fi
  if [[ -e $units/${unit/@*./@.} ]]; then
    systemctl --quiet disable "$unit"
  else
    # If the unit file was removed, systemctl cannot disable it.
    rm -f -- "$units"/*.wants/"$unit"
  fi
}

remove_user() {
  userdel -- "$1" || warn "the user $1 is kept (see above): end its processes, then run userdel $1"
}

# Whether a unit runs as the user, such as one of a package installed later.
runs_a_unit() {
  grep -rqsx -- "User=$1" /etc/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system /lib/systemd/system
}

# Whether the user or its group owns one of the paths or anything in them.
owns_any() {
  local user=$1 path
  shift
  for path in "$@"; do
    [[ -z $(find "$path" \( -user "$user" -o -group "$user" \) -print -quit) ]] || return 0
  done
  return 1
}

# ---------------------------------------------------------------- main

parse "$@"
check_prefix
check_machine
manifest=$prefix/share/rtcount/manifest
work=$(mktemp -d)
read_manifest
if [[ -n $uninstall ]]; then uninstall_all; else install_all; fi
