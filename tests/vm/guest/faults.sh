# Words for faults: a target host in a network namespace of its own, the agent as a service manager keeps it, and
# fault_begin / fault_end for what /vm/faults/NAME.sh describes. Sourced after lib.sh; needs discovery_target and portal_front.
# Address plan: 10.1.C.P is portal P of target host C: port 8009 its discovery service (the userspace target), port 4420 its I/O
# (the kernel's nvmet), each behind a portal_front; 10.1.C.254 is the host's end of the link hC.

# --- a target host ----------------------------------------------------------------------------------------------------
# target_host C PORTALS SUBSYSTEMS: every discovery service of it lists all subsystems on all portals
target_host() {
  local c=$1 s
  ip netns add "c$c"
  ip link add "h$c" type veth peer name "t$c" netns "c$c"
  ip addr add "10.1.$c.254/24" dev "h$c"; ip link set "h$c" up
  ip -n "c$c" link set lo up; ip -n "c$c" link set "t$c" up
  ip -n "c$c" route add default via "10.1.$c.254" dev "t$c" onlink
  echo "$2" > "/run/host.$c.portals"
  : > "/run/host.$c.paths"
  host_addresses "$c" add
  host_ports "$c"
  for s in $(seq 1 "$3"); do host_subsystem "$c" "$(nqn "c$c-$s")"; done
  service_start "$c"
  front_start "$c"
}
host_portals() { local n; read -r n < "/run/host.$1.portals"; seq 1 "$n"; }
portal_id() { echo $((1000 + $1 * 10 + $2)); }            # portal_id C P: its id in nvmet
inside() { local c=$1; shift; nsenter --net="/run/netns/c$c" "$@"; }
host_addresses() {  # host_addresses C add|del: portals on the link, what stands behind them on lo
  local p
  for p in $(host_portals "$1"); do
    ip -n "c$1" addr "$2" "10.1.$1.$p/24" dev "t$1"
    ip -n "c$1" addr "$2" "10.1.$1.$((100 + p))/32" dev lo
  done
}
host_ports() { local p; for p in $(host_portals "$1"); do port "$(portal_id "$1" "$p")" "10.1.$1.$((100 + p))" 4420; done; }
# host_offer C NQN [P...]: nvmet serves it and the discovery services list it, on these portals or on all. The portal's socket
# belongs to the namespace of the process that links the first subsystem.
host_offer() {
  local c=$1 n=$2 p; shift 2
  [ $# -gt 0 ] || set -- $(host_portals "$c")
  for p in "$@"; do
    inside "$c" ln -s "$nvmet/subsystems/$n" "$nvmet/ports/$(portal_id "$c" "$p")/subsystems/$n"
    echo "$n 10.1.$c.$p" >> "/run/host.$c.paths"
    [ ! -e "/run/service.$c.in" ] || service "$c" "add tcp,ipv4,10.1.$c.$p,4420,$n"
  done
}
# host_withdraw C NQN: on all portals
host_withdraw() {
  local p
  for p in $(host_portals "$1"); do rm -f "$nvmet/ports/$(portal_id "$1" "$p")/subsystems/$2"; done
  grep -v "^$2 " "/run/host.$1.paths" > "/run/host.$1.paths.new" || true
  mv "/run/host.$1.paths.new" "/run/host.$1.paths"
  [ ! -e "/run/service.$1.in" ] || service "$1" "remove $2"
}
# host_subsystem C NQN: a new one, offered everywhere
host_subsystem() { [ -d "$nvmet/subsystems/$2" ] || subsystem "$2"; host_offer "$1" "$2"; }
host_paths() { cat "/run/host.$1.paths"; }                # host_paths C: "NQN ADDR" for each path that it offers
host_lines() { local p; for p in $(host_portals "$1"); do line "10.1.$1.$p"; done; }

# --- its processes: steered by lines through a FIFO, each answered by "ok ..." or "error ..." --------------------------
# steered NAME C PROGRAM ARG...: starts it inside target host C; it ends when its FIFO has no writer any more
steered() {
  local name=$1.$2 c=$2; shift 2
  rm -f "/run/$name.in" "/run/$name.out"; mkfifo "/run/$name.in"; : > "/run/$name.out"
  inside "$c" "$@" < "/run/$name.in" >> "/run/$name.out" 2>&1 &
  echo $! > "/run/$name.pid"
  sleep 1000000 > "/run/$name.in" &
  echo $! > "/run/$name.writer"
  wait_until 10 grep -q '^listening' "/run/$name.out" || fail "$name does not listen: $(cat "/run/$name.out")"
}
# tell NAME LINE: waits for the answer
tell() {
  local before; before=$(grep -cE '^(ok|error) ' "/run/$1.out" || true)
  echo "$2" > "/run/$1.in"
  answered() { [ "$(grep -cE '^(ok|error) ' "/run/$1.out")" -gt "$2" ]; }
  wait_until 10 answered "$1" "$before" || fail "no answer of $1 to $2"
  ! grep -E '^(ok|error) ' "/run/$1.out" | tail -n 1 | grep -q '^error' || fail "$1: $(tail -n 1 "/run/$1.out")"
}
process_gone() { [ ! -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; } 2> /dev/null
# killed NAME: it is gone, its sockets with it
killed() {
  local p writer
  read -r p < "/run/$1.pid"; read -r writer < "/run/$1.writer"
  kill -9 "$p" "$writer" 2> /dev/null
  wait_until 5 process_gone "$p" || fail "$1 outlives SIGKILL"
  rm -f "/run/$1.in"
}
# service_start C: its discovery services, which list what host_paths says; genctr begins anew
service_start() {
  local c=$1 p n a
  set --
  for p in $(host_portals "$c"); do set -- "$@" --listen "10.1.$c.$((100 + p)):8009"; done
  while read -r n a; do set -- "$@" --entry "tcp,ipv4,$a,4420,$n"; done < "/run/host.$c.paths"
  steered service "$c" discovery_target "$@"
}
front_start() {
  local c=$1 p
  set --
  for p in $(host_portals "$c"); do set -- "$@" "10.1.$c.$p:8009=10.1.$c.$((100 + p)):8009" "10.1.$c.$p:4420=10.1.$c.$((100 + p)):4420"; done
  steered front "$c" portal_front "$@"
}
service() { tell "service.$1" "$2"; }
front() { tell "front.$1" "$2"; }
held() { grep -q "^held $2" "/run/front.$1.out"; }        # held C connect|log: such a command has come to the front
forget_held() { : > "/run/front.$1.out"; }

# --- the link to it ---------------------------------------------------------------------------------------------------
cut_link() { ip -n "c$1" link set "t$1" down; }
join_link() {
  ip -n "c$1" link set "t$1" up
  ip -n "c$1" route replace default via "10.1.$1.254" dev "t$1" onlink
}
# netem C ARG...: both directions
netem() { local c=$1; shift; tc qdisc add dev "h$c" root netem "$@"; tc -n "c$c" qdisc add dev "t$c" root netem "$@"; }
no_netem() { tc qdisc del dev "h$1" root; tc -n "c$1" qdisc del dev "t$1" root; }
# swallow_all C: no TCP packet gets through in either direction; ARP does, so nobody is told
swallow_all() {
  tc qdisc add dev "h$1" clsact
  tc filter add dev "h$1" ingress pref 1 protocol ip flower ip_proto tcp action drop
  tc filter add dev "h$1" egress pref 1 protocol ip flower ip_proto tcp action drop
}
heal_all() { tc qdisc del dev "h$1" clsact; }

# --- the agent as a service manager keeps it: started again when it ends ------------------------------------------------
# agent_keep: from now on; agent_pid is the one that runs now, /run/agent.starts has a line for every start
agent_keep() {
  [ -e "$agent_yaml" ] || agent_config
  : > /run/agent.starts; : > /run/agent.wanted; rm -f /run/agent.pid
  (set +e
   while [ -e /run/agent.wanted ]; do
     ${agent_environment:+env $agent_environment} ${agent_wrapper:-} "$agent" serve --config "$agent_yaml" >> /run/agent.out 2>&1 < /dev/null &
     echo $! > /run/agent.pid.new; mv /run/agent.pid.new /run/agent.pid; echo $! >> /run/agent.starts
     wait $!
     sleep 0.3
   done) &
  echo $! > /run/keeper.pid
  wait_until 5 [ -e /run/agent.pid ] || fail "the agent was not started"
}
agent_restarts() { echo $(($(wc -l < /run/agent.starts) - 1)); }
# agent_end: SIGTERM, and not again
agent_end() {
  local p keeper; p=$(agent_pid); read -r keeper < /run/keeper.pid
  rm -f /run/agent.wanted
  kill -TERM "$p" 2> /dev/null || true
  wait_until 5 agent_gone || fail "the agent is still there 5 s after SIGTERM"
  wait_until 5 process_gone "$keeper" || fail "the agent's keeper is still there"
}
# agent_killed: SIGKILL; the keeper starts the next one when the kernel has let go of this one
agent_killed() { kill -9 "$(agent_pid)" 2> /dev/null || true; }
agent_fds() { ls "/proc/$(agent_pid)/fd" 2> /dev/null | wc -l; }
agent_cpu_cs() { sed 's/.*) //' "/proc/$(agent_pid)/stat" 2> /dev/null | awk '{ print $12 + $13 }'; }
agent_anon_kib() { awk '$1 == "RssAnon:" { print $2 }' "/proc/$(agent_pid)/status" 2> /dev/null; }

# --- faults ------------------------------------------------------------------------------------------------------------
# /vm/faults/NAME.sh: head comments "What:", "Promise:", "Within: N s", and those of the functions below that it needs; each gets C,
# the target host that the fault is about. `scene` prepares before the agent starts, `begin` returns when the fault is there, `end`
# when it is over; `during` and `after` are checks of its own. More heads: "During:" all desired paths become live while the fault
# lasts; "Kernel:" the kernel may give controllers up, else all stay the same; "Kills:" the agent may end; "Hold:" how long the fault
# lasts; "Short:" the phase of the short form; "Takes:" seconds; "Needs:" a program or file that tests/vm/faults/run adds.
fault_load() {
  scene() { :; }; begin() { :; }; end() { :; }; during() { :; }; after() { :; }
  . "/vm/faults/$1.sh"
}
fault_scene() { fault_load "$1"; scene "$2"; }
fault_begin() { fault_load "$1"; begin "$2"; }
fault_end() { fault_load "$1"; end "$2"; }
fault_says() { sed -n "s/^# $2: *//p" "/vm/faults/$1.sh" | head -n 1; }     # fault_says NAME KEY
# fault_within NAME PHASE: seconds. In the kernel phase of some faults the kernel waits 60 s for the answer to a Connect whose
# connection is gone, and no one can stop it.
fault_within() {
  local seconds=
  [ "$2" != kernel ] || seconds=$(fault_says "$1" "Within in kernel")
  [ -n "$seconds" ] || seconds=$(fault_says "$1" Within)
  echo "${seconds%% s*}"
}
