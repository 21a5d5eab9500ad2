#!/bin/sh
# A real S3 server for the object store's tests: OpenStack Swift with its S3 door, one node and one device on
# loopback. No container engine; Debian's packages are enough:
#   apt-get install --no-install-recommends swift-proxy swift-account swift-container swift-object memcached
# usage: s3-server.sh start FOLDER    prints the settings for the tests, as shell assignments
#        s3-server.sh stop FOLDER
set -eu
action=${1:-} folder=${2:?usage: s3-server.sh start|stop FOLDER}
port=${S3_PORT:-28080}
access_key=spectra:tests
secret_key=spectra-tests-only

stop() {
  [ -f "$folder/run/pids" ] || return 0
  while read -r pid; do kill "$pid" 2>/dev/null || true; done <"$folder/run/pids"
  rm -f "$folder/run/pids"
}

# One storage server: its ring, its configuration. Arguments: kind, port.
storage() {
  swift-ring-builder "$1.builder" create 8 1 1 >/dev/null
  swift-ring-builder "$1.builder" add --region 1 --zone 1 --ip 127.0.0.1 --port "$2" --device d1 --weight 1 >/dev/null
  swift-ring-builder "$1.builder" rebalance >/dev/null
  cat >"$1-server.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $2
user = $(id -un)
swift_dir = $folder/etc
devices = $folder/devices
mount_check = false
workers = 0
log_address = $folder/run/none
disable_fallocate = true
[pipeline:main]
pipeline = $1-server
[app:$1-server]
use = egg:swift#$1
CONF
}

proxy() {
  cat >proxy-server.conf <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $port
user = $(id -un)
swift_dir = $folder/etc
workers = 0
log_address = $folder/run/none
[pipeline:main]
pipeline = catch_errors cache listing_formats s3api tempauth bulk slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_spectra_tests = $secret_key .admin
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
location = us-east-1
min_segment_size = 5242880
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$((port + 4))
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
allow_object_versioning = true
CONF
  for filter in catch_errors listing_formats bulk slo dlo symlink; do
    printf '[filter:%s]\nuse = egg:swift#%s\n' "$filter" "$filter" >>proxy-server.conf
  done
}

# Any answer will do: without credentials it is a refusal.
await_answer() {
  tries=0
  until curl -s -o /dev/null "http://127.0.0.1:$1/"; do
    tries=$((tries + 1))
    [ $tries -lt 150 ] || { echo "the S3 server did not come up; see $folder/run" >&2; stop; exit 1; }
    sleep 0.2
  done
}

start() {
  command -v swift-proxy-server >/dev/null || { echo 'swift is not installed here' >&2; exit 1; }
  stop
  rm -rf "$folder"
  mkdir -p "$folder/etc" "$folder/devices/d1" "$folder/run"
  folder=$(cd "$folder" && pwd -P)
  cd "$folder/etc"
  printf '[swift-hash]\nswift_hash_path_suffix = spectra\nswift_hash_path_prefix = tests\n' >swift.conf
  storage account $((port + 1))
  storage container $((port + 2))
  storage object $((port + 3))
  proxy
  memcached -u "$(id -un)" -l 127.0.0.1 -p $((port + 4)) >/dev/null 2>&1 &
  echo $! >"$folder/run/pids"
  for kind in account container object proxy; do
    SWIFT_HASH_CONF=1 swift-$kind-server "$folder/etc/$kind-server.conf" >"$folder/run/$kind.log" 2>&1 &
    echo $! >>"$folder/run/pids"
  done
  for one in $port $((port + 1)) $((port + 2)) $((port + 3)); do await_answer "$one"; done
  echo "S3_TEST_ENDPOINT=http://127.0.0.1:$port"
  echo "S3_TEST_ACCESS_KEY=$access_key"
  echo "S3_TEST_SECRET_KEY=$secret_key"
}

case $action in
  start) start ;;
  stop) stop ;;
  *) echo 'usage: s3-server.sh start|stop FOLDER' >&2; exit 2 ;;
esac
