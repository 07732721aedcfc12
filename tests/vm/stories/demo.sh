# The story that `make demo` shows: discovered, connected, a subsystem added, a portal dies and comes back. Each step is
# checked in sysfs before the next one begins.
title() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
say() { printf '   %s\n' "$*"; }
shown() { printf '\n   $ %s\n' "$*"; "$@" 2>&1 | sed 's/^/   /' || true; }
seconds() { echo "$(($1 / 100)).$(printf %02d $(($1 % 100)))"; }
status_of_agent() { shown discovery-client status -o table; }
listing() { io_controllers | sort -V | awk '{ printf "      %-8s %-10s %-22s %s\n", $1, $2, $5, $4 }'; }
# live_paths NQN N: true when N controllers of the subsystem are live; forks nothing, to be quick
live_paths() {
  local file value state count=0
  for file in /sys/class/nvme/nvme*/subsysnqn; do
    { read -r value < "$file"; } 2>/dev/null || continue
    [ "$value" = "$1" ] || continue
    { read -r state < "${file%subsysnqn}state"; } 2>/dev/null && [ "$state" = live ] && count=$((count + 1))
  done
  [ $count -eq "$2" ]
}

title "A storage target: 3 subsystems on 2 portals, each portal refers to the other"
cluster 1 2 3
referral 11 other 10.0.1.2
referral 12 other 10.0.1.1
for s in 1 2 3; do say "$(nqn "c1-$s")   at 10.0.1.1:8009 and 10.0.1.2:8009"; done

title "The agent is given one address, and started"
agent_config kato=2 resyncInterval=60s
conf storage.conf "-t tcp -a 10.0.1.1 -s 8009"
say "$conf_dir/storage.conf:"
say "    $(cat "$conf_dir/storage.conf")"
began=$(now_cs)
agent_start
expect_count 6 20
say ""
say "Discovered and connected: 6 paths live $(seconds $(($(now_cs) - began))) s after the start. The kernel says:"
listing
status_of_agent

title "A subsystem is added on the target; the target sends an event"
new=$(nqn c1-added)
subsystem "$new"
began=$(now_cs)
offer "$new" "11 12"
end=$((began + 10 * PATIENCE))
until live_paths "$new" 2; do
  [ "$(now_cs)" -lt $end ] || fail "the new subsystem is not live within 10 s"
done
took=$((($(now_cs) - began) * 10))
say "$new is live on both portals $took ms after it was linked."
expect_count 8
listing

title "Portal 10.0.1.2 dies: every packet to and from it vanishes"
swallow 10.0.1.2 8009
began=$(now_cs)
four_left() { live_is 4; }
wait_until 30 four_left || fail "the kernel still calls the dead portal's paths live"
for s in 1 2 3 added; do
  is_live "$(nqn "c1-$s")" 10.0.1.1:8009 || fail "the path over the healthy portal went too"
done
say "The kernel noticed after $(seconds $(($(now_cs) - began))) s (keep alive 2 s). Every subsystem still has its other path:"
listing
# The kernel tells nobody that it resets a controller: the agent looks every 5 s. Its status ends with 2 when degraded.
degraded() { local s=0; discovery-client status > /dev/null 2>&1 || s=$?; [ $s -eq 2 ]; }
wait_until 20 degraded || fail "status does not end with 2 (degraded)"
status_of_agent

title "The portal comes back"
heal 10.0.1.2 8009
began=$(now_cs)
expect_count 8 40
say "All 8 paths live again after $(seconds $(($(now_cs) - began))) s, none of them twice:"
listing
healthy() { discovery-client status > /dev/null 2>&1; }
wait_until 45 healthy || fail "status does not end with 0 (healthy)"
expect_count 8
status_of_agent

title "The agent stops; the storage stays"
agent_stop
expect_stays 1 live_is 8
say "SIGTERM ended the agent. 8 paths are still live: it never disconnects."
