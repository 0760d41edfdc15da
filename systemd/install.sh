#!/usr/bin/env bash
# Installs rtcount as a service, and what makes its numbers visible: units, users, folders, configuration, and the files
# for Prometheus and Grafana. Run again it changes nothing that is as it should be. `install.sh --help` says the rest.
#
# All that could be refused is looked at before anything is written. What has been written, and which text it had, is
# kept in PREFIX/share/rtcount/manifest: by it a later run tells a file that was edited from one that was not, and
# --uninstall knows what to remove.

# Called as `sh install.sh`.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"

set -euo pipefail
umask 022
export LC_ALL=C
# By it `cd` would go elsewhere, and say so.
unset CDPATH

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly repository
readonly units=/etc/systemd/system
readonly config=/etc/rtcount
readonly prometheus_config=/etc/prometheus
readonly grafana_config=/etc/grafana
readonly data=(/var/lib/rtcount /var/lib/prometheus)
readonly users=(rtcount prometheus node_exporter)
# What else may bring them.
declare -rA package_of=([prometheus]=prometheus [node_exporter]=prometheus-node-exporter)

usage() {
  cat <<'TEXT'
usage: systemd/install.sh [OPTION...]

Installs ./rtcount, its systemd units, configuration and monitoring files. Needs root.

  --prometheus ARCHIVE --sha256 SUM      install Prometheus, too, from the archive of its makers
  --node-exporter ARCHIVE --sha256 SUM   likewise node_exporter
  --prefix DIR                           programs go to DIR/bin (/usr/local)
  --dry-run                              say what would be done, and do nothing
  --uninstall                            remove what was installed; data and edited files stay
  --help                                 say this

Each --sha256 belongs to the archive that was named last before it. Where Debian's package prometheus or
prometheus-node-exporter is installed, that one is configured and used.
An edited file is never overwritten: the new one is put beside it, as FILE.new.
TEXT
}

say() { printf '%s\n' "$*"; }
warn() { printf 'install.sh: %s\n' "$*" >&2; }

# What is wrong, and what to do.
refuse() {
  warn "$*"
  exit 1
}

wrong_usage() {
  warn "$* (install.sh --help says more)"
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
        if (($# < 2)) || [[ -z $2 || $2 == --* ]]; then wrong_usage "$option wants a value"; fi
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
        [[ -n $last ]] || wrong_usage "--sha256 stands after the archive that it is the sum of"
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
      wrong_usage "--${last/_/-} wants its --sha256 after it: it stands beside the archive at https://prometheus.io/download/"
    [[ -z ${archive[$last]} || -z $uninstall ]] || wrong_usage "--uninstall takes no archives"
  done
}

check_prefix() {
  [[ $prefix == /*[!/]* ]] || wrong_usage "--prefix is \"$prefix\", wanted an absolute path, of a folder below /"
  prefix=${prefix%"${prefix##*[!/]}"}
  # It is written into units, where more than these has a meaning of its own.
  [[ $prefix =~ ^[A-Za-z0-9/._+@\ -]+$ ]] ||
    wrong_usage "--prefix is \"$prefix\", wanted a path of letters, digits, blanks and / . _ + @ -"
  case $prefix/ in
    *//* | */./* | */../*) wrong_usage "--prefix is \"$prefix\", wanted a path without //, . and .." ;;
    /home/* | /root/* | /run/* | /tmp/* | /var/tmp/*)
      wrong_usage "--prefix is \"$prefix\", which the units hide from the services: take another, such as /opt/rtcount"
      ;;
  esac
}

# ---------------------------------------------------------------- doing, or saying what would be done

work=''
pending=''
# That something may have been written, and not all.
is_half_done=''
clean_up() {
  [[ -z $pending ]] || rm -f -- "$pending"
  if [[ -n $is_half_done ]]; then
    write_manifest || warn "what was done could not be kept in $manifest (above)"
    warn "not all was done (above): mend the cause and run this again, or undo it with --uninstall"
  fi
  [[ -z $work ]] || rm -rf -- "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

changes=0
# What, and the command that does it.
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

# What the manifest says: of each path its kind and, of files, the SHA-256 of the text that was put there.
#   program   ours, always replaced
#   file      may be edited; while it is not it is replaced
#   proposal  a FILE.new
#   original  FILE.before-rtcount, what Debian's package had put there
#   folder    made on the way, removed when empty
#   user      added
# In a dry run a would-be is a folder that would be there by now.
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
# shellcheck disable=SC2016 # unset itself puts in what $1 is
forget() { unset 'kind_of[$1]' 'sum_of[$1]'; }
sum_of_file() { sha256sum <"$1" | cut -d ' ' -f 1; }

# Sets `as` to what has a command run as OWNER (USER:GROUP), where that user may write to FOLDER: there it could have put a
# link in root's way.
as_owner_of() {
  local folder=$1 owner=$2
  as=()
  [[ $owner == root:* || $(stat -c %U -- "$folder") != "${owner%:*}" ]] ||
    as=(setpriv --reuid "${owner%:*}" --regid "${owner#*:}" --clear-groups)
}

# Puts a whole file where it belongs, at once: a program that runs keeps the file that it was started from.
copy() {
  local from=$1 to=$2 owner=$3 mode=$4 folder=${2%/*} as
  as_owner_of "$folder" "$owner"
  # Each only after the one before, also where a failure does not end it all.
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

# Makes the folder and those above it that are missing.
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
  local from=$1 to=$2 owner=$3 is
  is=$(stat -c '%U:%G %a' -- "$to" 2>/dev/null) || is=''
  if [[ $is != "$owner 755" ]] || ! cmp -s -- "$from" "$to"; then
    act "install $to" copy "$from" "$to" "$owner" 755
    replaced=1
  fi
  record "$to" program -
}

# A file that may be edited.
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
    # Whose text is not ours stays; so does what the manifest says of it.
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

# Whether it is as Debian's package brought it.
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

# ---------------------------------------------------------------- what is refused

check_machine() {
  local tool
  ((EUID == 0)) || refuse "it writes to /etc and adds users, which takes root: sudo systemd/install.sh ..."
  for tool in systemctl systemd-sysusers systemd-tmpfiles setpriv; do
    command -v "$tool" >/dev/null || refuse "$tool is not here: these units are for systemd, as on Debian 12 (apt-get install systemd)"
  done
}

check_checkout() {
  local file
  for file in systemd/{rtcount.service,rtcount@.service,prometheus.service,node_exporter.service} \
    systemd/{sysusers.d,tmpfiles.d}/rtcount.conf systemd/{rtcount,spark-lab}.yaml \
    monitoring/prometheus.yml monitoring/rules monitoring/consoles monitoring/grafana/{provisioning,dashboards}; do
    [[ -r $repository/$file ]] || refuse "$repository/$file is missing: run the install.sh of a whole checkout"
  done
  [[ $(dashboards_folder) == /* ]] ||
    refuse "$repository/monitoring/grafana/provisioning/dashboards names no one folder of dashboards: wanted one line \"path: /FOLDER\""
}

# Where the provider that is installed with them has Grafana look for dashboards.
dashboards_folder() { sed -n 's/^ *path: *//p' "$repository"/monitoring/grafana/provisioning/dashboards/*; }

# An installation under another prefix would go on half here, half there.
check_other_prefix() {
  local unit=$units/rtcount.service
  [[ ! -r $unit || -e $manifest ]] || grep -qF -- "$prefix/bin/rtcount" "$unit" ||
    refuse "$unit is there and runs another program ($(sed -n 's/^ExecStart=//p' "$unit")): uninstall that first (install.sh --uninstall --prefix DIR), or remove the unit"
}

# Class, byte order and machine of an ELF file.
elf_machine() {
  [[ $(head -c 4 -- "$1" | od -An -tx1) == " 7f 45 4c 46" ]] || return 1
  od -An -tx1 -j 4 -N 2 -- "$1"
  od -An -tx1 -j 18 -N 2 -- "$1"
}

# A program that this machine can run.
check_program() {
  local file=$1 of=$2 machine
  [[ -f $file && ! -L $file ]] || refuse "$of has no file ${file##*/}: take the archive for Linux as its makers give it"
  machine=$(elf_machine "$file") || refuse "$file of $of is no program for Linux"
  [[ $machine == "$(elf_machine "$BASH")" ]] ||
    refuse "${file##*/} of $of is made for another kind of machine than this one ($(uname -m)): take the one for $(uname -m)"
}

check_rtcount() {
  local binary=$repository/rtcount said
  [[ -f $binary ]] ||
    refuse "$binary is missing: make it with \"npx --yes deno@2.9.6 task compile\" (or \"deno task compile\") in $repository"
  check_program "$(realpath -- "$binary")" "$repository"
  said=$("$binary" --version 2>&1) || refuse "$binary --version fails: $said; make it anew with \"deno task compile\""
}

# Checks the sum, and unpacks.
check_archive() {
  local name=$1 file=${archive[$1]} package=${package_of[$1]} is folder
  shift
  ! has_package "$package" ||
    refuse "Debian's package $package is installed: leave --${name/_/-} out to use that one, or remove it first (apt-get remove $package)"
  [[ -f $file && -r $file ]] || refuse "$file is no file that can be read: --${name/_/-} wants the archive, as downloaded"
  is=$(sum_of_file "$file")
  [[ $is == "${sum[$name]}" ]] ||
    refuse "the SHA-256 of $file is $is, wanted ${sum[$name]}: it is damaged, or not the file that the sum is of; fetch both again"
  mkdir -- "$work/$name"
  tar --extract --no-same-owner --force-local --file="$file" --directory="$work/$name" ||
    refuse "$file cannot be unpacked (above): take the .tar.gz as its makers give it"
  # A link would lead to what is not its own; the manifest has a name a line.
  [[ -z $(find "$work/$name" \( ! -type f ! -type d -o -name '*[^A-Za-z0-9._-]*' \) -print -quit) ]] ||
    refuse "$file holds more than files and folders with plain names: take the archive as its makers give it"
  folder=$(find "$work/$name" -mindepth 1 -maxdepth 1)
  [[ -d $folder ]] || refuse "$file does not hold one folder: take the archive as its makers give it"
  for file in "$@"; do check_program "$folder/$file" "${archive[$name]}"; done
  unpacked[$name]=$folder
}

check_users() {
  local user shell
  for user in "${users[@]}"; do
    shell=$(getent passwd "$user" | cut -d : -f 7) || shell=''
    case $shell in
      '' | */false | */nologin) ;;
      *) warn "the user $user is there, with the shell $shell, and stays so; to take it: usermod --shell /bin/false $user" ;;
    esac
  done
}

# ---------------------------------------------------------------- installing

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
}

# A unit names the programs under /usr/local.
place_unit() {
  local unit=$1
  sed "s|/usr/local/bin/\([a-z_]*\)|\"$prefix/bin/\1\"|" <"$repository/systemd/$unit" >"$work/$unit"
  [[ $prefix != /usr/local ]] || cp -- "$repository/systemd/$unit" "$work/$unit"
  place "$work/$unit" "$units/$unit" root:root 644
}

# All files below a folder, and the folders that they are in.
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
  place_program "$repository/rtcount" "$prefix/bin/rtcount" root:root
  place_unit rtcount.service
  place_unit rtcount@.service
  place "$repository/systemd/rtcount.yaml" "$config/rtcount.yaml" rtcount:rtcount 640
  place "$repository/systemd/spark-lab.yaml" "$config/spark-lab.yaml" rtcount:rtcount 640
}

# As the recipe has it: the user's own are its programs, its consoles and its configuration.
install_prometheus() {
  local from=${unpacked[prometheus]:-} program
  if [[ -n $from ]]; then
    for program in prometheus promtool; do
      place_program "$from/$program" "$prefix/bin/$program" prometheus:prometheus
    done
    # Prometheus 3 has none.
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
    place_program "$from/node_exporter" "$prefix/bin/node_exporter" node_exporter:node_exporter
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
  ((changes > 0)) || say "Nothing to change: all is installed."
  say_what_is_left
}

# The command that brings a unit to what is installed now.
start_command() {
  if is_active "$1" && ((changes > 0)); then say "    systemctl restart $1"; else say "    systemctl enable --now $1"; fi
}

say_what_is_left() {
  local path unit exporter=node_exporter instance missing=''
  ! has_package prometheus-node-exporter || exporter='prometheus-node-exporter'
  for path in "${proposals[@]}"; do
    say "$path was edited and stays as it is; what is new is in $path.new: diff -u $path $path.new"
  done
  for unit in prometheus node_exporter; do
    [[ -z ${kind_of[$units/$unit.service]:-} ]] || ! has_package "${package_of[$unit]}" ||
      say "$units/$unit.service stands before that of Debian's package: rm $units/$unit.service; systemctl daemon-reload"
  done
  if [[ ! -d $grafana_config ]]; then
    say "Grafana is not installed. Its files are in $prefix/share/rtcount/grafana; with Grafana installed, run this again."
  elif is_active grafana-server; then
    say "Grafana reads its new files when it starts: systemctl restart grafana-server"
  fi
  has_package prometheus || [[ -e $prefix/bin/prometheus || -n ${unpacked[prometheus]:-} ]] || missing=Prometheus
  has_package prometheus-node-exporter || [[ -e $prefix/bin/node_exporter || -n ${unpacked[node_exporter]:-} ]] ||
    missing+="${missing:+ and }node_exporter"
  if [[ -n $missing ]]; then
    cat <<TEXT

Still to come: $missing. From https://prometheus.io/download/ with
    systemd/install.sh --prometheus ARCHIVE --sha256 SUM --node-exporter ARCHIVE --sha256 SUM
or from Debian, and then this once more:
    apt-get install -o Dpkg::Options::=--force-confold prometheus prometheus-node-exporter
TEXT
  fi
  if [[ -n $replaced ]] && has_systemd; then
    while read -r instance _; do
      say "$instance runs the program that it was started from: systemctl restart $instance"
    done < <(systemctl list-units --plain --no-legend --state=active 'rtcount@*.service')
  fi
  cat <<TEXT

Say in $config/rtcount.yaml where Kafka is. Then these three commands start it all:

$(start_command rtcount)
$(start_command prometheus)
$(start_command "$exporter")

After four failures within an hour systemd starts rtcount no more, and starts by hand count, too. This clears the count:
    systemctl reset-failed rtcount
TEXT
}

# ---------------------------------------------------------------- uninstalling

# The units that are ours, running or enabled, instances included.
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
    say "Nothing to remove: rtcount is not installed under $prefix ($manifest is not there)."
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
  # The deepest first; who has something in it stays.
  while IFS= read -r path; do
    [[ ! -d $path ]] || act "remove $path, if it is empty" rmdir --ignore-fail-on-non-empty -- "$path"
  done < <(printf '%s\n' "${folders[@]}" "$config" "$prometheus_config" "${data[@]}" | sort -ru)
  if has_systemd; then act "reload systemd's units" systemctl daemon-reload; fi

  for path in "${data[@]}"; do
    # Debian's package looks after its own.
    [[ ! -d $path ]] || { [[ $path == */prometheus ]] && has_package prometheus; } || kept+=("$path")
  done
  for user in "${users[@]}"; do
    [[ ${kind_of[$user]:-} == user ]] || continue
    if owns_any "$user" "${kept[@]}"; then
      say "The user $user stays: what is left is its."
    elif runs_a_unit "$user"; then
      say "The user $user stays: a unit that is left runs as it."
    elif getent passwd "$user" >/dev/null; then
      act "remove the user $user" remove_user "$user"
    fi
  done
  if has_package prometheus && is_active prometheus; then
    say "Debian's Prometheus runs on what it read when it started: systemctl restart prometheus"
  fi
  for path in "${kept[@]}"; do say "left: $path"; done
  ((${#kept[@]} == 0)) || say "What is left is data, or was edited: it is yours to remove."
}

stop_unit() {
  local unit=$1
  if has_systemd; then
    [[ $(systemctl show --value --property ActiveState "$unit") == inactive ]] || systemctl stop "$unit"
    systemctl reset-failed "$unit" 2>/dev/null || true # there was nothing to forget
  fi
  if [[ -e $units/${unit/@*./@.} ]]; then
    systemctl --quiet disable "$unit"
  else
    # Somebody has removed the unit, of which systemctl then knows nothing more.
    rm -f -- "$units"/*.wants/"$unit"
  fi
}

remove_user() {
  userdel -- "$1" || warn "the user $1 stays (above): when its processes have ended, userdel $1"
}

# Whether a unit is there that runs as the user, such as a package's that was installed later.
runs_a_unit() {
  grep -rqsx -- "User=$1" /etc/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system /lib/systemd/system
}

# Whether one of the paths, or what is in them, belongs to the user.
owns_any() {
  local user=$1 path
  shift
  for path in "$@"; do
    [[ -z $(find "$path" -user "$user" -print -quit) ]] || return 0
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
