#!/bin/sh
# Unpacks one package from a newer Debian suite into a folder, from the mirror that this system uses already and
# without touching its package lists; no root needed. Meant for programs with few needs of their own, as a
# static Go binary. Signatures are checked with the system's Debian keyring.
# usage: fetch-debian-package.sh PACKAGE SUITE FOLDER
set -eu
package=${1:?package} suite=${2:?suite} folder=${3:?folder}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
command -v apt-get >/dev/null && command -v dpkg >/dev/null || { echo 'no apt-get or dpkg here' >&2; exit 1; }
[ -r "$keyring" ] || { echo "no $keyring here" >&2; exit 1; }

mirror=$(cat /etc/apt/sources.list.d/debian.sources 2>/dev/null | sed -n 's/^URIs: *//p' | head -n 1)
[ -n "$mirror" ] ||
  mirror=$(sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' /etc/apt/sources.list 2>/dev/null | head -n 1)
[ -n "$mirror" ] || { echo 'no Debian mirror in the apt sources' >&2; exit 1; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/lists/partial" "$scratch/cache/archives/partial" "$folder"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$scratch/sources"
# As root, apt gives its rights away and then still has to reach these folders.
chmod -R a+rX "$scratch"
chmod 777 "$scratch" "$scratch/lists/partial" "$scratch/cache/archives/partial"

private_apt() {
  apt-get -q -o Dir::Etc::sourcelist="$scratch/sources" -o Dir::Etc::sourceparts=- \
    -o Dir::State::Lists="$scratch/lists" -o Dir::Cache="$scratch/cache" "$@" >&2
}
private_apt update
(cd "$scratch" && private_apt download "$package")
dpkg -x "$scratch/$package"_*.deb "$folder"
