#!/bin/sh
# Installs the encoderfile builder for this user: no root, nothing outside of one folder. Needs curl, tar and gzip.
# Everything happens in `main`, called on the last line: a download that was cut short runs nothing.
set -eu

DEFAULT_URL="https://github.com/encoderfile/encoderfile/releases/download"

# 1 GiB: releases are a tenth of it, and a server that sends without end fills no disk.
BYTES_MAX=1073741824

# What targets/*.json require; a test compares them.
GLIBC_MIN="2.28"
MACOS_MIN_ARM64="14.0"
MACOS_MIN_X64="13.4"

usage() {
  cat <<EOF
Installs encoderfile: one program that turns encoder models into executables.

Usage: sh install.sh [--version VERSION] [--dir DIR]

  --version VERSION  version to install, such as 0.1.0 (default: the latest release;
                     a mirror need not tell which that is, and file:// cannot:
                     --version is required there)
  --dir DIR          folder to install into (default: ~/.local/bin)
  --help             print this

Environment:
  ENCODERFILE_BASE_URL  where releases lie, as https://, http:// or file://
                        (default: $DEFAULT_URL)

The download is compared with the release's SHA256SUMS before anything is installed.
EOF
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}

say() { printf '%s\n' "$1"; }

wrong_usage() {
  printf 'install.sh: %s\n\n' "$1" >&2
  usage >&2
  exit 2
}

need() {
  command -v "$1" >/dev/null 2>&1 || fail "Cannot find the program \"$1\": install it first"
}

# Whether version $1 is at least $2; both are numbers with dots, of which two count.
at_least() {
  have_major=${1%%.*} want_major=${2%%.*}
  case $1 in *.*) have_minor=${1#*.} have_minor=${have_minor%%.*} ;; *) have_minor=0 ;; esac
  case $2 in *.*) want_minor=${2#*.} want_minor=${want_minor%%.*} ;; *) want_minor=0 ;; esac
  [ "$have_major" -gt "$want_major" ] ||
    { [ "$have_major" -eq "$want_major" ] && [ "$have_minor" -ge "$want_minor" ]; }
}

detect_target() {
  system=$(uname -s)
  machine=$(uname -m)
  case $system in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    MINGW* | MSYS* | CYGWIN*)
      fail "Cannot install on Windows with this script: download the archive of a release by hand" ;;
    *) fail "Cannot install on \"$system\": there are releases for Linux and macOS" ;;
  esac
  case $machine in
    x86_64 | amd64) arch=x64 ;;
    arm64 | aarch64) arch=arm64 ;;
    *) fail "Cannot install on a \"$machine\" processor: there are releases for x86_64 and arm64" ;;
  esac
  # A shell that Rosetta translates is told x86_64 on an arm64 machine.
  if [ "$os" = darwin ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || echo 0)" = 1 ]; then
    arch=arm64
  fi
  if [ "$os" = linux ]; then check_glibc; else check_macos; fi
  target="$os-$arch"
}

check_glibc() {
  libc=$(getconf GNU_LIBC_VERSION 2>/dev/null || ldd --version 2>&1 | head -n 1 || true)
  case $libc in
    *musl*)
      fail "Cannot install on a system with musl, such as Alpine: glibc $GLIBC_MIN or newer is needed" ;;
  esac
  # "glibc 2.36", or "ldd (Debian GLIBC 2.36-9) 2.36".
  found=$(printf '%s\n' "$libc" | sed -n 's/.*[^0-9.]\([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p')
  # Where nothing says which, the program itself is tried before it is installed.
  [ -n "$found" ] || return 0
  at_least "$found" "$GLIBC_MIN" ||
    fail "Cannot install on a system with glibc $found: $GLIBC_MIN or newer is needed"
}

check_macos() {
  if [ "$arch" = arm64 ]; then macos_min=$MACOS_MIN_ARM64; else macos_min=$MACOS_MIN_X64; fi
  found=$(sw_vers -productVersion 2>/dev/null || true)
  case $found in [0-9]*) ;; *) return 0 ;; esac
  at_least "$found" "$macos_min" ||
    fail "Cannot install on macOS $found: $macos_min or newer is needed"
}

# Downloads $1 to $2, with a bar on a terminal if $3 is "bar"; $4 is the remedy. What https:// offers is not followed
# to anything less.
fetch() {
  # The archive takes a while: a bar for who watches.
  if [ "${3:-}" = bar ] && [ -t 2 ]; then shown=--progress-bar; else shown=--silent; fi
  curl --fail "$shown" --show-error --location --proto "$protocols" --proto-redir "$redirects" \
    --connect-timeout 20 --speed-limit 1000 --speed-time 30 --retry 3 --max-filesize "$BYTES_MAX" \
    --output "$2" "$1" ||
    fail "Cannot download $1: $4"
}

choose_protocols() {
  case $url in
    https://*) protocols="=https" redirects="=https" ;;
    http://*) protocols="=http,https" redirects="=http,https" ;;
    file:///*) protocols="=file" redirects="=https" ;;
    *) fail "Cannot use ENCODERFILE_BASE_URL \"$url\": expected https://, http:// or file:///" 2 ;;
  esac
}

# The latest release is where the page of releases redirects to: .../releases/tag/v0.1.0
find_latest() {
  case $url in
    "$DEFAULT_URL" | http*/download) ;;
    *) fail "Cannot find the latest release of a mirror, $url: --version is required, as in --version 0.1.0" 2 ;;
  esac
  page="${url%/download}/latest"
  reached=$(curl --fail --silent --show-error --location --head --proto "$protocols" \
    --proto-redir "$redirects" --connect-timeout 20 --max-time 60 --retry 3 \
    --output /dev/null --write-out '%{url_effective}' "$page") ||
    fail "Cannot find the latest release at $page: --version is required where that page leads to none"
  case $reached in
    */v[0-9]*) version=${reached##*/v} ;;
    *) fail "Cannot find the latest release at $page: --version is required where that page leads to none" ;;
  esac
}

check_version() {
  version=${version#v}
  case $version in
    *[!0-9A-Za-z.+-]* | *..* | [!0-9]* | "") fail "Cannot use version \"$version\": expected one such as 0.1.0" 2 ;;
  esac
}

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum <"$1"
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 <"$1"
  elif command -v openssl >/dev/null 2>&1; then
    openssl dgst -sha256 -r <"$1"
  else
    fail "Cannot check the download: none of sha256sum, shasum and openssl is installed"
  fi
}

check_sum() {
  expected=""
  while read -r sum name || [ -n "$sum" ]; do
    [ "${name#\*}" = "$archive" ] || continue
    [ -z "$expected" ] ||
      fail "Cannot check $archive: SHA256SUMS of version $version lists it twice"
    expected=$sum
  done <"$work/SHA256SUMS"
  case $expected in
    *[!0-9a-f]* | "") fail "Cannot check $archive: SHA256SUMS of version $version does not list it" ;;
  esac
  actual=$(sha256 "$work/$archive")
  actual=${actual%% *}
  [ "$actual" = "$expected" ] ||
    fail "Cannot install $archive as its sha256 must be $expected: found $actual; nothing was installed"
}

clean() {
  [ -z "$work" ] || rm -rf "$work"
  [ -z "$draft" ] || rm -f "$draft"
}

# Before anything is downloaded: the folder is made, and a file can be made in it.
prepare_folder() {
  mkdir -p -- "$dir" 2>/dev/null || fail "Cannot make the folder $dir: choose another with --dir"
  dir=$(CDPATH="" cd -- "$dir" && pwd) || fail "Cannot enter the folder: choose another with --dir"
  [ ! -d "$dir/encoderfile" ] || fail "Cannot install as $dir/encoderfile is a folder"
  # Beside its place, so that one step puts it there, whole, even while an older one is running.
  draft="$dir/.encoderfile-$$"
  (: >"$draft") 2>/dev/null || fail "Cannot write to $dir: choose another folder with --dir"
}

# Nothing but one regular file is unpacked: no link to another, and no pipe that would never end.
unpack() {
  member="$folder/encoderfile"
  listed=$(gzip -dc "$work/$archive" 2>/dev/null | tar -tvf - "$member" 2>/dev/null) ||
    fail "Cannot use $archive as it is no tar archive with $member: nothing was installed"
  case $listed in
    *"
"*) ;;
    -*" $member") regular=1 ;;
  esac
  [ -n "$regular" ] ||
    fail "Cannot use $archive as $member must be one regular file there: nothing was installed"
  gzip -dc "$work/$archive" | tar -xf - -C "$work" "$member" ||
    fail "Cannot unpack $archive into $work: is the disk full?"
}

install_program() {
  unpack
  { cp "$work/$folder/encoderfile" "$draft" && chmod 755 "$draft"; } 2>/dev/null ||
    fail "Cannot write to $dir: choose another folder with --dir"
  started=$("$draft" --version 2>&1) ||
    fail "Cannot install as the program does not start on this machine: $started"
  mv -f "$draft" "$dir/encoderfile" || fail "Cannot replace $dir/encoderfile"
  draft=""
}

# $1 as one word of a shell.
quote() {
  case $1 in
    *[!A-Za-z0-9/._+@%,:=\ -]*) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf '"%s"' "$1" ;;
  esac
}

main() {
  version="" dir="" work="" draft="" regular=""
  while [ $# -gt 0 ]; do
    case $1 in
      --version=* | --dir=*)
        value=${1#*=}
        [ -n "$value" ] || wrong_usage "Cannot use ${1%%=*} without a value"
        case $1 in --version=*) version=$value ;; *) dir=$value ;; esac
        shift ;;
      --version | --dir)
        [ -n "${2:-}" ] || wrong_usage "Cannot use $1 without a value"
        case $1 in --version) version=$2 ;; *) dir=$2 ;; esac
        shift 2 ;;
      -h | --help) usage; exit 0 ;;
      *) wrong_usage "Cannot use the argument \"$1\"" ;;
    esac
  done
  if [ -z "$dir" ]; then
    [ -n "${HOME:-}" ] || fail "Cannot choose a folder as HOME is not set: name one with --dir" 2
    dir="$HOME/.local/bin"
  fi
  url=${ENCODERFILE_BASE_URL:-$DEFAULT_URL}
  url=${url%/}
  choose_protocols
  need uname
  need curl
  need tar
  need gzip
  detect_target

  trap clean EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 141' PIPE
  trap 'exit 143' TERM
  [ -n "$version" ] || find_latest
  check_version
  work=$(mktemp -d "${TMPDIR:-/tmp}/encoderfile-install.XXXXXX") ||
    fail "Cannot make a temporary folder in ${TMPDIR:-/tmp}"
  folder="encoderfile-$version-$target"
  archive="$folder.tar.gz"
  prepare_folder
  say "Installing encoderfile $version for $target"
  fetch "$url/v$version/SHA256SUMS" "$work/SHA256SUMS" quiet "is there a version $version?"
  fetch "$url/v$version/$archive" "$work/$archive" bar "does version $version exist for $target?"
  check_sum
  install_program

  say "Installed $dir/encoderfile"
  case ":$PATH:" in
    *":$dir:"*) ;;
    *) say "Its folder is not in PATH; add it with: export PATH=$(quote "$dir"):\"\$PATH\"" ;;
  esac
}

main "$@"
