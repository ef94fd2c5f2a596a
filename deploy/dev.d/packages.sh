# Installs the packages of deploy/packages, or of other lists beside it, that are missing, and leaves none of their services running or enabled.
# shellcheck shell=bash

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# packages_wanted LIST...: names of files in deploy/.
packages_wanted() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' -e 's/[[:space:]]*$//' "${@/#/$root/deploy/}"; }

packages_missing() {
  comm -23 <(packages_wanted "$@" | sort -u) \
    <(dpkg-query -W -f '${db:Status-Abbrev}\t${Package}\n' | awk '$1 == "ii" { print $2 }' | sort -u)
}

# Debian starts installed services and creates a PostgreSQL cluster. A policy prevents the first and a setting the second,
# both only during the installation. An existing policy or setting is restored.
install_quietly() {
  local policy=/usr/sbin/policy-rc.d cluster=/etc/postgresql-common/createcluster.conf saved made_cluster=
  saved=$(as_root mktemp -d)
  [[ ! -e $policy && ! -L $policy ]] || as_root mv "$policy" "$saved/policy"
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  if [[ ! -e $cluster ]]; then
    as_root mkdir -p "$(dirname "$cluster")"
    echo 'create_main_cluster = false' | as_root tee "$cluster" >/dev/null
    made_cluster=1
  fi
  local status=0
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold \
    install --no-install-recommends "$@" >&2 || status=$?
  as_root rm -f "$policy"
  if as_root test -e "$saved/policy"; then as_root mv "$saved/policy" "$policy"; fi
  if [[ -n $made_cluster ]]; then # restore the package's default
    as_root cp /usr/share/postgresql-common/createcluster.conf "$cluster" 2>/dev/null || as_root rm -f "$cluster"
  fi
  as_root rm -rf "$saved"
  return "$status"
}

# The next boot would start the installed services: disable those of this installation.
disable_services() {
  command -v systemctl >/dev/null || return 0
  local package unit units
  for package in "$@"; do
    case $package in
      rabbitmq-server) units="rabbitmq-server.service epmd.service epmd.socket" ;;
      postgresql-15) units=postgresql.service ;;
      prometheus) units=prometheus.service ;;
      nginx-light) units=nginx.service ;;
      *) continue ;;
    esac
    for unit in $units; do as_root systemctl disable "$unit" >/dev/null 2>&1 || true; done
  done
}

# install_packages [LIST...]: deploy/packages unless lists are named.
install_packages() {
  local missing
  (($#)) || set -- packages
  mapfile -t missing < <(packages_missing "$@")
  ((${#missing[@]})) || return 0
  [[ -r /etc/debian_version ]] || die "this script needs Debian 12, as it installs Debian packages" "see deploy/packages"
  ((EUID == 0)) || command -v sudo >/dev/null || die "packages are missing: ${missing[*]}" "run as root, or install sudo"
  step "installing ${#missing[@]} packages: ${missing[*]}"
  if ! install_quietly "${missing[@]}"; then
    step "refreshing the package lists and trying again"
    as_root apt-get -q update >&2
    install_quietly "${missing[@]}" || die "the packages could not be installed" "see apt-get's output above"
  fi
  disable_services "${missing[@]}"
}
