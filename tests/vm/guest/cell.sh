# One cell of the fault matrix: a target host that has the fault, a bystander cluster under I/O that must not notice, the agent
# brought to a phase, the fault, its end, and what must be true then. Sourced after lib.sh and faults.sh.

# Seconds that a fault lasts; the keep alive timeout of the faulty host's controllers is 2 s, so that both sides find out.
hold_default=8 hold_short=5
bystander=10.0.2.1

# --- what should be live: lines "NQN ADDR:PORT" ------------------------------------------------------------------------
desired() {
  host_paths 1 | awk '{ print $1, $2 ":4420" }'
  echo "$(nqn bystander-1) $bystander:8009"; echo "$(nqn bystander-2) $bystander:8009"
}
# without FILE: the lines of stdin that are not in FILE
without() { awk -v file="$1" 'BEGIN { while ((getline line < file) > 0) seen[line] = 1 } !($0 in seen)'; }
missing() { io_controllers | awk '$2 == "live" { print $4, $5 }' > /run/live.now; desired | without /run/live.now; }
all_live() { expect_no_duplicates; [ -z "$(missing)" ]; }
sessions() {  # discovery sessions that the faulty host's services have
  service 1 hosts
  [ "$(grep '^hosts ' /run/service.1.out | tail -n 1)" = "hosts $1" ]
}
expect_all_live() {  # expect_all_live SECONDS WHEN
  wait_until "$1" all_live || fail "$2: not live within $1 s: $(missing | tr '\n' ';')"
}

# --- the bystander and its I/O -----------------------------------------------------------------------------------------
bystander_devices() { io_devices | grep " $bystander:" || true; }
other_devices() { io_devices | grep -v " $bystander:" || true; }
expect_bystander_untouched() {
  bystander_devices > /run/bystander.now
  cmp -s /run/bystander /run/bystander.now || { diff /run/bystander /run/bystander.now || true; fail "$1: the bystander's controllers are not the same ones as before"; }
  [ ! -e /run/io.failed ] || fail "$1: the bystander's I/O failed: $(cat /run/io.failed)"
}
namespace_of() {  # namespace_of NQN: its block device
  local s
  for s in /sys/class/nvme-subsystem/nvme-subsys*; do
    if [ "$(cat "$s/subsysnqn")" = "$1" ]; then echo "/dev/nvme${s##*subsys}n1"; fi
  done
}
start_io() {
  local device; device=$(namespace_of "$(nqn bystander-1)")
  block_device() { [ -b "$1" ]; }
  wait_until 10 block_device "$device" || fail "the bystander has no block device '$device'"
  : > /run/io.count
  (set +e
   while :; do
     dd if=/dev/zero of="$device" bs=4k count=8 conv=fsync 2> /run/io.err || { cp /run/io.err /run/io.failed; exit; }
     echo >> /run/io.count
     sleep 0.2
   done) &
}

# --- phases ------------------------------------------------------------------------------------------------------------
is_held() { held 1 "$1"; }
expect_held() { wait_until 20 is_held "$1" || fail "phase $phase: no $2 came to the front"; }
a_lines() {  # by address, or by the names that a fault's scene has given the portals
  if [ -e /run/by_name ]; then line portal1.test; line portal2.test; else host_lines 1; fi | sed 's/$/ -k 2 -c 2/'
}
enter() {
  case $1 in
    discovery)
      front 1 "hold connect 8009"
      conf a.conf "$(a_lines)"
      expect_held connect "Connect of a discovery session";;
    kernel)
      front 1 "hold connect 4420"
      host_subsystem 1 "$(nqn new)"
      expect_held connect "Connect of the kernel";;
    log)
      front 1 "hold log 8009"
      host_subsystem 1 "$(nqn new)"
      expect_held log "Get Log Page";;
    idle) sleep 1;;
  esac
}

# --- the cell ------------------------------------------------------------------------------------------------------------
hold_seconds() {
  local says; says=$(fault_says "$fault" Hold)
  case $says in
    '') [ "$short" = 0 ] && echo $hold_default || echo $hold_short;;
    *) [ "$short" = 0 ] && echo "${says%% s*}" || { says=${says##*short }; echo "${says%% s*}"; };;
  esac
}
# cell FAULT PHASE [short]
cell() {
  fault=$1 phase=$2 short=0 within=$(fault_within "$1" "$2")
  [ "${3:-}" != short ] || short=1
  address $bystander; port 21 $bystander
  subsystem "$(nqn bystander-1)" namespace; subsystem "$(nqn bystander-2)"
  offer "$(nqn bystander-1)" 21; offer "$(nqn bystander-2)" 21
  target_host 1 2 2
  agent_config discoveryKato=3s resyncInterval=60s
  fault_scene "$fault" 1
  conf b.conf "$(line $bystander)"
  [ "$phase" = discovery ] || conf a.conf "$(a_lines)"
  agent_keep
  wait_until 30 is_live "$(nqn bystander-2)" $bystander:8009 || fail "before the fault: the bystander is not live"
  [ "$phase" = discovery ] || expect_all_live 30 "before the fault"
  [ "$phase" = discovery ] || wait_until 30 sessions 2 || fail "before the fault: not two discovery sessions"
  start_io
  cpu_before=$(agent_cpu_cs) began=$(now_cs)
  bystander_devices > /run/bystander; other_devices > /run/others
  fds_before=$(least_fds) anon_before=$(agent_anon_kib)
  enter "$phase"

  fault_begin "$fault" 1
  if [ -e /run/front.1.in ]; then front 1 release; fi
  if [ "$phase" = idle ]; then host_subsystem 1 "$(nqn new)"; fi
  until_cs=$(($(now_cs) + $(hold_seconds) * 100))
  during 1
  [ -z "$(fault_says "$fault" During)" ] || expect_all_live "$within" "while the fault lasts"
  while [ "$(now_cs)" -lt $until_cs ]; do expect_no_duplicates; expect_bystander_untouched "while the fault lasts"; sleep 0.5; done
  fault_end "$fault" 1
  ended=$(now_cs)
  if [ -e /run/front.1.in ]; then front 1 release; fi

  expect_all_live "$within" "after the fault"
  took=$(($(now_cs) - ended))
  wait_until "$within" sessions 2 || fail "after the fault: not two discovery sessions, but $(grep '^hosts ' /run/service.1.out | tail -n 1)"
  after 1
  expect_bystander_untouched "after the fault"
  other_devices > /run/others.now
  without /run/others.now < /run/others > /run/replaced
  [ -n "$(fault_says "$fault" Kernel)" ] || [ ! -s /run/replaced ] || fail "after the fault: gone or replaced: $(tr '\n' ';' < /run/replaced)"
  [ -n "$(fault_says "$fault" Kills)" ] || [ "$(agent_restarts)" -eq 0 ] || fail "the agent ended $(agent_restarts) times by itself"
  expect_agent_running
  io_goes_on() { [ "$(wc -l < /run/io.count)" -gt "$1" ]; }
  wait_until 10 io_goes_on "$(wc -l < /run/io.count)" || fail "the bystander's I/O stands still"
  cpu=$(($(agent_cpu_cs) - cpu_before)) passed=$(($(now_cs) - began))
  [ -n "$(fault_says "$fault" Kills)" ] || [ $((cpu * 2)) -lt $passed ] || fail "the agent used $cpu of $passed hundredths of a second: it spins"
  expect_no_leak
  expect_no_duplicates; expect_bystander_untouched "after a restart"
  echo "note: cell $fault $phase live $((took / 100)).$((took / 10 % 10)) s, limit $((within * PATIENCE / 100)) s, descriptors $fds_before -> $fds_after, RssAnon $anon_before -> $anon_after KiB"
}
# least_fds: how many descriptors the agent keeps: the fewest of some looks, since a scan of sysfs or an answer holds some for a moment
least_fds() { for _ in 1 2 3 4 5 6; do agent_fds; sleep 0.1; done | sort -n | head -n 1; }
# agent_holds: what it has more of than before: descriptors, and the largest mappings
agent_holds() {
  note "descriptors: $(readlink "/proc/$(agent_pid)/fd"/* | sort | uniq -c | tr '\n' ';')"
  awk '/^[0-9a-f]+-/ { name = $1 " " $6 } /^Anonymous:/ { print $2, name }' "/proc/$(agent_pid)/smaps" | sort -rn | head -n 4 | sed 's/^/note: KiB of its own, mapping: /'
}
# expect_no_leak: an agent that was started after the fault, with the same to do, keeps no fewer descriptors and no less memory
leak_limit_kib=4096              # what a pass or a write of internal.json holds for a moment, twice over
expect_no_leak() {
  # What is under way for a moment (a lookup, a probe) is given time to end, so the look that finds few counts, not one more after it;
  # sessions for a.conf came after fds_before in one phase.
  expected=$fds_before
  [ "$phase" != discovery ] || expected=$((fds_before + 2))
  no_more_than() { fds_after=$(agent_fds) anon_after=$(agent_anon_kib); [ "$fds_after" -le "$1" ] && [ "$anon_after" -le $((anon_before + leak_limit_kib)) ]; }
  wait_until 20 no_more_than "$expected" || agent_holds
  agent_end
  agent_keep
  as_many() { fds_new=$(least_fds); [ "$fds_new" -ge "$fds_after" ]; }
  wait_until 20 sessions 2 || fail "a new agent has not two discovery sessions"
  wait_until 20 as_many || fail "$fds_after descriptors after the fault, a new agent has $fds_new"
  anon_new=$(agent_anon_kib)
  [ "$anon_after" -le $((anon_new + leak_limit_kib)) ] || fail "$anon_after KiB after the fault, a new agent has $anon_new KiB"
}
