# Words for scenarios, in busybox sh: nvmet building blocks, addresses and faults, the agent, and expectations.
# Every expectation looks at sysfs or an exit status, never at the agent's own words. Times are seconds, scaled by PATIENCE
# (percent, for slow machines); a scenario ends at the first expectation that is not met.
# Address plan: 10.0.C.P is portal P of cluster C on dummy0 (IPv6: fd00::C:P); 10.99.0.0/16 and fd99::/16 swallow everything.

. /vm/env
nvmet=/sys/kernel/config/nvmet
agent=/usr/bin/discovery-client
agent_dir=/etc/discovery-client
conf_dir=$agent_dir/discovery.d
agent_yaml=$agent_dir/discovery-client.yaml
agent_log=/var/log/discovery-client.log
well_known=nqn.2014-08.org.nvmexpress.discovery
hostnqn=nqn.2014-08.org.nvmexpress:uuid:0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0001
hostid=0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0001

ip() { /usr/sbin/ip "$@"; }
tc() { /usr/sbin/tc "$@"; }
now_cs() { local up rest; read -r up rest < /proc/uptime; echo "${up%.*}${up#*.}"; }
note() { echo "note: $*"; }
fail() { echo "FAIL: $*"; exit 10; }

# wait_until SECONDS COMMAND...: true as soon as the command is
wait_until() {
  local end=$(( $(now_cs) + $1 * PATIENCE )); shift
  while ! "$@"; do
    [ "$(now_cs)" -lt $end ] || return 1
    sleep 0.1
  done
}

# --- addresses and faults ---------------------------------------------------------------------------------------------
has_colon() { case $1 in *:*) return 0;; esac; return 1; }
# address A...: makes the addresses local
address() {
  local a
  for a in "$@"; do
    if has_colon "$a"; then ip -6 addr add "$a/128" dev dummy0 nodad; else ip addr add "$a/32" dev dummy0; fi
  done
}
# black_hole: 10.99.0.0/16 and fd99::/16 lead nowhere: nothing ever answers, no error comes back
black_hole() {
  ip addr add 10.98.0.1/32 dev dummy0; ip -6 addr add fd98::1/128 dev dummy0 nodad
  ip route add 10.99.0.0/16 dev dummy0 src 10.98.0.1; ip -6 route add fd99::/16 dev dummy0 src fd98::1
}
# swallow ADDR PORT [EXCEPT_SOURCE]: packets to and from the portal vanish; packets of EXCEPT_SOURCE still get through
swallow() {
  local family=ip pref=100
  has_colon "$1" && family=ipv6
  tc qdisc show dev lo | grep -q clsact || tc qdisc add dev lo clsact
  [ -e /run/swallow.next ] && read -r pref < /run/swallow.next
  echo $((pref + 2)) > /run/swallow.next
  if [ -n "${3:-}" ] && [ ! -e "/run/swallow.except.$3" ]; then
    : > "/run/swallow.except.$3"
    tc filter add dev lo ingress pref 10 protocol $family flower src_ip "$3" action pass
    tc filter add dev lo ingress pref 11 protocol $family flower dst_ip "$3" action pass
  fi
  tc filter add dev lo ingress pref $pref protocol $family flower ip_proto tcp dst_ip "$1" dst_port "$2" action drop
  tc filter add dev lo ingress pref $((pref + 1)) protocol $family flower ip_proto tcp src_ip "$1" src_port "$2" action drop
  echo $pref > "/run/swallow.$1.$2"
}
# heal ADDR PORT: ends what swallow began
heal() {
  local pref
  read -r pref < "/run/swallow.$1.$2"
  tc filter del dev lo ingress pref "$pref"; tc filter del dev lo ingress pref $((pref + 1))
  rm "/run/swallow.$1.$2"
}

# relay ADDR PORT TO_ADDR TO_PORT: another address for a portal. It leaves from 10.66.0.1, so that swallow with that exception
# takes the portal away from the host's I/O while its discovery service still answers on ADDR.
relay_source=10.66.0.1
relay() {
  ip addr show dev dummy0 | grep -q "$relay_source/32" || address $relay_source
  address "$1"
  socat "TCP-LISTEN:$2,bind=$1,fork,reuseaddr" "TCP:$3:$4,bind=$relay_source" 2> /dev/null &
  wait_until 5 listening "$1" "$2" || fail "no relay at $1:$2"
}
listening() { netstat -ltn | grep -q "$1:$2 "; }

# --- nvmet ------------------------------------------------------------------------------------------------------------
nqn() { echo "nqn.2024-01.test:$1"; }
# subsystem NQN [namespace]: open to any host; with a namespace on the null block device when asked for
subsystem() {
  mkdir "$nvmet/subsystems/$1"
  echo 1 > "$nvmet/subsystems/$1/attr_allow_any_host"
  [ "${2:-}" = namespace ] || return 0
  mkdir "$nvmet/subsystems/$1/namespaces/1"
  printf /dev/nullb0 > "$nvmet/subsystems/$1/namespaces/1/device_path"
  echo 1 > "$nvmet/subsystems/$1/namespaces/1/enable"
}
# port ID ADDR [PORT]: a portal; it listens from the first link on
port() {
  local family=ipv4
  has_colon "$2" && family=ipv6
  mkdir "$nvmet/ports/$1"
  echo tcp > "$nvmet/ports/$1/addr_trtype"; echo $family > "$nvmet/ports/$1/addr_adrfam"
  echo "$2" > "$nvmet/ports/$1/addr_traddr"; echo "${3:-8009}" > "$nvmet/ports/$1/addr_trsvcid"
}
offer() { local id; for id in $2; do ln -s "$nvmet/subsystems/$1" "$nvmet/ports/$id/subsystems/$1"; done; }      # offer NQN "ID..."
withdraw() { local id; for id in $2; do rm "$nvmet/ports/$id/subsystems/$1"; done; }                             # withdraw NQN "ID..."
# referral ID NAME ADDR [PORT]: the portal refers hosts to another discovery service
referral() {
  local r=$nvmet/ports/$1/referrals/$2 family=ipv4
  has_colon "$3" && family=ipv6
  mkdir "$r"; echo tcp > "$r/addr_trtype"; echo $family > "$r/addr_adrfam"; echo "$3" > "$r/addr_traddr"; echo "${4:-8009}" > "$r/addr_trsvcid"
  echo "$1" > "$r/addr_portid"; echo 1 > "$r/enable"
}
referral_remove() { echo 0 > "$nvmet/ports/$1/referrals/$2/enable"; rmdir "$nvmet/ports/$1/referrals/$2"; }
# cluster C PORTALS SUBSYSTEMS [PORT]: portals 10.0.C.1.. (ids C*10+1..), subsystems cC-1.. offered on every portal
cluster() {
  local c=$1 p s ids=""
  for p in $(seq 1 "$2"); do address "10.0.$c.$p"; port $((c * 10 + p)) "10.0.$c.$p" "${4:-8009}"; ids="$ids $((c * 10 + p))"; done
  for s in $(seq 1 "$3"); do subsystem "$(nqn "c$c-$s")"; offer "$(nqn "c$c-$s")" "$ids"; done
}

# --- the host's own connections ---------------------------------------------------------------------------------------
# raw_connect STRING: one write to the kernel; prints "instance=N,cntlid=M"
raw_connect() { (printf '%s' "$1" >&0 && cat) 0<> /dev/nvme-fabrics; }
connect_string() { echo "nqn=$1,transport=tcp,traddr=$2,trsvcid=$3,hostnqn=${4:-$hostnqn},hostid=${5:-$hostid},nr_io_queues=1"; }
disconnect_all() {
  local c pids=
  for c in /sys/class/nvme/nvme*/delete_controller; do
    [ -e "$c" ] || continue
    (echo 1 > "$c") 2>/dev/null & pids="$pids $!"
  done
  [ -z "$pids" ] || wait $pids || true
}

# --- the agent --------------------------------------------------------------------------------------------------------
# agent_config [KEY=VALUE...]: the agent's YAML, test defaults first; a dotted key belongs to its section
agent_config() {
  local pair keys="clientConfigDir=$conf_dir internalDir=$agent_dir/internal reconnectInterval=1s maxIOQueues=1 resyncInterval=1h debug.endpoint=127.0.0.1:6060 logging.level=debug logging.filename=$agent_log"
  mkdir -p "$conf_dir"
  for pair in $keys "$@"; do echo "$pair"; done | awk -F= '
    { k = $1; v = substr($0, length(k) + 2); if (!(k in value)) order[++n] = k; value[k] = v }
    END { for (i = 1; i <= n; ++i) { k = order[i]; d = index(k, "."); if (!d) print k ": " value[k] }
          for (i = 1; i <= n; ++i) { k = order[i]; d = index(k, "."); if (d) { s = substr(k, 1, d - 1); if (!(s in seen)) { seen[s] = 1
            print s ":"; for (j = i; j <= n; ++j) if (index(order[j], s ".") == 1) print "  " substr(order[j], length(s) + 2) ": " value[order[j]] } } } }' > "$agent_yaml"
}
# conf FILE LINE...: puts a file of discovery.d in place at once (written beside it, then renamed)
conf() {
  local file=$1; shift
  mkdir -p "$conf_dir"; printf '%s\n' "$@" > "$conf_dir/tmp.dc.new"; mv "$conf_dir/tmp.dc.new" "$conf_dir/$file"
}
line() { echo "-t tcp -a $1 -s ${2:-8009} -q $hostnqn"; }      # line ADDR [PORT]: one endpoint with the host's identity
agent_start() {
  [ -e "$agent_yaml" ] || agent_config
  "$agent" serve --config "$agent_yaml" >> /run/agent.out 2>&1 < /dev/null &
  echo $! > /run/agent.pid
}
agent_pid() { cat /run/agent.pid; }
agent_running() { local p; p=$(agent_pid) && [ -d "/proc/$p" ] && ! grep -q '^State:.Z' "/proc/$p/status" 2>/dev/null; }
agent_gone() { ! agent_running; }
agent_kill9() { kill -9 "$(agent_pid)"; wait_until 10 agent_gone || fail "the agent outlives SIGKILL"; }
agent_stop() { kill -TERM "$(agent_pid)"; wait_until 5 agent_gone || fail "the agent is still there 5 s after SIGTERM"; }
expect_agent_running() { agent_running || fail "the agent ended by itself"; }

# --- looking at sysfs -------------------------------------------------------------------------------------------------
# controllers: one line each: device state kind subnqn addr:port hostnqn; "-" where the kernel does not say yet (6.1 prints
# "(efault)" for the subsysnqn of a controller that has none so far)
controllers() {
  grep -sH '' /sys/class/nvme/nvme*/state /sys/class/nvme/nvme*/cntrltype /sys/class/nvme/nvme*/subsysnqn /sys/class/nvme/nvme*/address /sys/class/nvme/nvme*/hostnqn | awk '
    { i = index($0, ":"); split(substr($0, 1, i - 1), f, "/"); d = f[5]; a = f[6]; v = substr($0, i + 1); if (v == "(efault)") v = ""; gsub(/ /, "_", v); if (!(d in seen)) { seen[d] = 1; order[++n] = d }
      if (a == "address") { t = p = ""; m = split(v, kv, ","); for (j = 1; j <= m; ++j) { if (index(kv[j], "traddr=") == 1) t = substr(kv[j], 8); if (index(kv[j], "trsvcid=") == 1) p = substr(kv[j], 9) } v = t ":" p }
      value[d, a] = v }
    function get(d, a) { return (d, a) in value && value[d, a] != "" ? value[d, a] : "-" }
    END { for (i = 1; i <= n; ++i) { d = order[i]; print d, get(d, "state"), get(d, "cntrltype"), get(d, "subsysnqn"), get(d, "address"), get(d, "hostnqn") } }'
}
# io_controllers: those that are not discovery controllers
io_controllers() { controllers | awk -v w="$well_known" '$3 != "discovery" && $4 != w'; }
live_count() { io_controllers | awk '$2 == "live"' | wc -l; }
device_of() { io_controllers | awk -v n="$1" -v a="$2" '$4 == n && $5 == a { print $1; exit }'; }         # device_of NQN ADDR:PORT
state_of() { io_controllers | awk -v n="$1" -v a="$2" '$4 == n && $5 == a { print $2; exit }'; }
is_live() { [ "$(state_of "$1" "$2")" = live ]; }
is_not_live() { ! is_live "$1" "$2"; }
is_absent() { [ -z "$(device_of "$1" "$2")" ]; }
live_is() { [ "$(live_count)" -eq "$1" ]; }
duplicates() { io_controllers | awk '$4 != "-" && c[$4 " " $5 " " $6]++ { print $4, $5 }'; }
device_is_live() { local s; read -r s < "/sys/class/nvme/$1/state" && [ "$s" = live ]; } 2>/dev/null

# --- expectations -----------------------------------------------------------------------------------------------------
expect_live() { wait_until "${3:-20}" is_live "$1" "$2" || fail "$1 at $2 is not live within ${3:-20} s (state '$(state_of "$1" "$2")')"; }
expect_not_live() { wait_until "${3:-20}" is_not_live "$1" "$2" || fail "$1 at $2 is still live after ${3:-20} s"; }
expect_absent() { wait_until "${3:-20}" is_absent "$1" "$2" || fail "$1 at $2 is still there after ${3:-20} s"; }
expect_no_duplicates() { local d; d=$(duplicates); [ -z "$d" ] || fail "connected twice: $d"; }
# expect_count N [SECONDS]: exactly N live I/O controllers, none of them twice
expect_count() {
  wait_until "${2:-20}" live_is "$1" || fail "$(live_count) live I/O controllers, not $1, after ${2:-20} s"
  expect_no_duplicates
}
# expect_stays SECONDS COMMAND...: the command is true the whole time
expect_stays() {
  local seconds=$1 end=$(( $(now_cs) + $1 * 100 )); shift
  while [ "$(now_cs)" -lt $end ]; do
    "$@" || fail "no longer true within $seconds s: $*"
    sleep 0.2
  done
}
# expect_status STATUS COMMAND...: the command's exit status
expect_status() {
  local want=$1 got=0; shift
  "$@" > /run/command.out 2>&1 || got=$?
  [ "$got" -eq "$want" ] || { cat /run/command.out; fail "'$*' ended with $got, not $want"; }
}
# expect_same_devices FILE: the controllers that were noted in FILE (io_devices > FILE) are the ones that exist now
io_devices() { io_controllers | awk '{ print $1, $4, $5 }' | sort; }
expect_same_devices() { io_devices > /run/devices.now; cmp -s "$1" /run/devices.now || { diff "$1" /run/devices.now || true; fail "the controllers are not the same ones as before"; }; }

# --- after a scenario -------------------------------------------------------------------------------------------------
show_state() {
  echo "--- controllers"; controllers
  echo "--- agent's output"; tail -n 60 /run/agent.out 2>/dev/null
  echo "--- agent's log"; tail -n 120 "$agent_log" 2>/dev/null
  echo "--- kernel's log"; dmesg | tail -n 40
}
# stray: processes of user space other than init, the runner and the shell that asks
stray() {
  local p id self rest
  read -r self rest < /proc/self/stat
  for p in /proc/[0-9]*; do
    id=${p#/proc/}
    [ "$id" -ne 1 ] && [ "$id" -ne "$VM_RUNNER" ] && [ "$id" -ne "$self" ] && [ -e "$p/exe" ] && echo "$id"
  done 2>/dev/null
  return 0
}
no_controllers() { ! ls /sys/class/nvme/ 2>/dev/null | grep -q .; }
remove_targets() {
  local x
  for x in "$nvmet"/ports/*/subsystems/*; do [ -L "$x" ] && rm "$x"; done
  for x in "$nvmet"/ports/*/referrals/*; do [ -d "$x" ] && { echo 0 > "$x/enable"; rmdir "$x"; }; done
  for x in "$nvmet"/ports/*; do [ -d "$x" ] && rmdir "$x"; done
  for x in "$nvmet"/subsystems/*/allowed_hosts/*; do [ -L "$x" ] && rm "$x"; done
  for x in "$nvmet"/subsystems/*/namespaces/*; do [ -d "$x" ] && { echo 0 > "$x/enable"; rmdir "$x"; }; done
  for x in "$nvmet"/subsystems/*; do [ -d "$x" ] && rmdir "$x"; done
  [ ! -e "$nvmet/discovery_nqn" ] || printf %s "$well_known" > "$nvmet/discovery_nqn"
  for x in "$nvmet"/hosts/*; do [ -d "$x" ] && rmdir "$x"; done
  return 0
}
# clean_guest: everything as after boot; fails when the kernel does not let go in time
clean_guest() {
  local p device
  PATIENCE=100
  for p in 1 2 3 4 5; do
    p=$(stray); [ -n "$p" ] || break
    kill -9 $p 2>/dev/null; sleep 0.2
  done
  for device in $(ls /sys/class/net); do tc qdisc del dev "$device" clsact; tc qdisc del dev "$device" root; done 2>/dev/null
  disconnect_all & disconnecting=$!
  wait_until 30 no_controllers || { echo "controllers that do not go: $(ls /sys/class/nvme)"; return 1; }
  wait $disconnecting
  remove_targets
  [ -z "$(ls "$nvmet/subsystems")$(ls "$nvmet/ports")" ] || { echo "targets that do not go"; return 1; }
  for device in $(ls /run/netns 2>/dev/null); do ip netns del "$device"; done
  umount "$agent_dir/internal" 2>/dev/null
  ip addr flush dev dummy0; ip route flush dev dummy0; ip -6 route flush dev dummy0
  for device in $(ls /sys/class/net); do case $device in lo|dummy0) ;; *) ip link del "$device";; esac; done 2>/dev/null
  umount "$conf_dir" 2>/dev/null
  rm -rf "$agent_dir" /run/* /tmp/* "$agent_log" /etc/nvme /etc/hosts /etc/resolv.conf; printf 'passwd: files\ngroup: files\nhosts: files\n' > /etc/nsswitch.conf; mkdir -p /etc/nvme
  dmesg -c > /dev/null
  echo "$hostnqn" > /etc/nvme/hostnqn; echo "$hostid" > /etc/nvme/hostid
  p=$(stray); for p in $p; do echo "still running: $p $(tr '\0' ' ' < "/proc/$p/cmdline")"; [ ! -d "/proc/$p" ] || return 1; done
  return 0
}
