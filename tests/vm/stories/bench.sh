# The agent beside its peers, in one guest: the same writes to /dev/nvme-fabrics one after another (the floor), and nvme connect-all.
# Each of N subsystems is offered on two portals. All 2 N paths, and those to portals that swallow packets before them, are in one
# log page, subsystem by subsystem: the userspace target lists what it is told. Then: from the event to the new path.
# Times are those of the kernel's log ("new ctrl" is printed when a controller has become live), and nobody looks while the clock
# runs: looking costs as much as connecting. NUMBERS, TRIPS (ms), DEAD, ROUNDS and EVENTS say what is measured; medians are printed.
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
mark() { echo "bench-mark" > /dev/kmsg; }
# arrivals SUBSYSTEMS: two numbers, milliseconds from the newest mark until each of them had a path, and until each had two
arrivals() {
  dmesg | awk -v n="$1" '
    /bench-mark/ { t = $0; sub(/^\[ */, "", t); from = t + 0; firsts = paths = 0; first = all = "?"; delete seen }
    /new ctrl: NQN "nqn.2024-01.test:/ { t = $0; sub(/^\[ */, "", t); t += 0; name = $0; sub(/.*NQN "/, "", name); sub(/".*/, "", name)
      if (!seen[name]++ && ++firsts == n) first = int((t - from) * 1000 + 0.5)
      if (++paths == 2 * n) all = int((t - from) * 1000 + 0.5) }
    END { print first, all }'
}
forget() { disconnect_all; dmesg -c > /dev/null; }
option_string() { echo "nqn=$1,transport=tcp,traddr=$2,trsvcid=8009,hostnqn=$hostnqn,hostid=$hostid,nr_io_queues=1,keep_alive_tmo=10,ctrl_loss_tmo=600"; }
# raw FILE: sequential writes of the strings in FILE, without a fork
raw() { local s; mark; while read -r s; do printf '%s' "$s" > /dev/nvme-fabrics; done < "$1"; }
connect_all() { mark; timeout 300 nvme connect-all -t tcp -a 10.0.7.1 -s 8009 -q "$hostnqn" -I "$hostid" -i 1 -k 10 -l 600 > /dev/null 2>&1 || true; }
# agent_brings N FLOOR: the agent is there and idle, then a line for the discovery service comes
agent_brings() {
  rm -rf "$conf_dir"/* "$agent_dir/internal"; agent_start; sleep 2
  line 10.0.7.1 > "$conf_dir/tmp.dc.x"; mark; mv "$conf_dir/tmp.dc.x" "$conf_dir/a.conf"
  sleep $(($2 * 12 / 10000 + 2))
  wait_until 60 live_is $((2 * $1)) || true
  arrivals "$1" > /run/arrived
  agent_kill9
}
serve_list() {  # serve_list N DEAD: what 10.0.7.1:8009 lists
  local s
  set -- "$1" "$2" --listen 10.0.7.1:8009
  for s in $(seq 1 "$2"); do set -- "$@" --entry "tcp,ipv4,10.99.0.$s,4420,$(nqn "mute-$s")"; done
  for s in $(seq 1 "$1"); do for p in 1 2; do set -- "$@" --entry "tcp,ipv4,10.0.1.$p,8009,$(nqn "b-$s")"; done; done
  shift 2
  discovery_target "$@" < /run/silence > /run/target.out 2>&1 9>&- &
  target=$!
  wait_until 5 listening 10.0.7.1 8009 || fail "the discovery target does not listen"
}
latency() { tc qdisc del dev lo root 2> /dev/null || true; [ "$1" -eq 0 ] || tc qdisc add dev lo root netem delay "$(($1 * 500))us" limit 100000; }
column() { cut -d' ' -f"$2" "$1" | median; }

agent_config logging.level=info kato=10 ctrlLossTMO=600
for p in 1 2; do address 10.0.1.$p; port 1$p 10.0.1.$p; done
address 10.0.7.1
black_hole
mkfifo /run/silence; exec 9<> /run/silence  # the target's standard input: open, and nobody speaks
echo "Milliseconds until each of N subsystems has its first path / both; ratio and budget are of the latter (budget: 1.10 x raw + 300, with"
echo "portals that swallow + 1500 for the preflight's deadline)."
printf '%4s %5s %5s | %7s %7s | %7s %7s %6s %8s      | %7s %7s %6s\n' N trip dead raw both agent both ratio budget conn-all both ratio
offered=0
for n in $NUMBERS; do
  while [ $offered -lt "$n" ]; do offered=$((offered + 1)); subsystem "$(nqn "b-$offered")"; offer "$(nqn "b-$offered")" "11 12"; done
  for p in 1 2; do for s in $(seq 1 "$n"); do option_string "$(nqn "b-$s")" 10.0.1.$p; done; done > /run/strings
  for trip in $TRIPS; do
    latency "$trip"
    rounds=$ROUNDS; [ "$trip" -eq 0 ] || rounds=1
    : > /run/floor
    for dead in $DEAD; do
      serve_list "$n" "$dead"
      : > /run/agent; : > /run/all
      for round in $(seq 1 "$rounds"); do
        if [ "$dead" = "${DEAD%% *}" ]; then forget; raw /run/strings; arrivals "$n" >> /run/floor; fi
        floor=$(column /run/floor 2)
        forget; agent_brings "$n" $((floor + dead * 200)); cat /run/arrived >> /run/agent
        if [ "$round" -eq 1 ]; then forget; connect_all; arrivals "$n" >> /run/all; fi
      done
      kill $target; wait $target 2> /dev/null || true
      echo "$n $trip $dead $(column /run/floor 1) $(column /run/floor 2) $(column /run/agent 1) $(column /run/agent 2) $(column /run/all 1) $(column /run/all 2)" | awk '
        { budget = int($5 * 1.1 + 300 + ($3 > 0 ? 1500 : 0))
          printf "%4d %5d %5d | %7s %7s | %7s %7s %6.2f %8d %-4s | %7s %7s %6.2f\n", $1, $2, $3, $4, $5, $6, $7, $7 / $5, budget, $7 == "?" ? "?" : $7 <= budget ? "ok" : "over", $8, $9, $9 / $5 }'
    done
    latency 0
  done
done
[ "$EVENTS" -gt 0 ] || exit 0

# An event to the new path: nvmet's own discovery service, which sends it
forget; rm -rf "$conf_dir"/* "$agent_dir/internal"
for s in $(seq 1 $offered); do withdraw "$(nqn "b-$s")" "11 12"; done
subsystem "$(nqn known)"; offer "$(nqn known)" 11
: > /run/floor; : > /run/agent
subsystem "$(nqn new)"; option_string "$(nqn new)" 10.0.1.1 > /run/one
one_live() { dmesg | awk '/bench-mark/ { t = $0; sub(/^\[ */, "", t); from = t + 0; at = "?" } /new ctrl: NQN "nqn.2024-01.test:/ && at == "?" { t = $0; sub(/^\[ */, "", t); at = int((t - from) * 1000 + 0.5) } END { print at }'; }
for round in $(seq 1 "$EVENTS"); do
  offer "$(nqn new)" 11; forget; sleep 1; raw /run/one; one_live >> /run/floor; forget; withdraw "$(nqn new)" 11
done
conf a.conf "$(line 10.0.1.1)"
agent_start
expect_count 1
sleep 2
for round in $(seq 1 "$EVENTS"); do
  subsystem "$(nqn "event-$round")"
  dmesg -c > /dev/null; mark
  offer "$(nqn "event-$round")" 11
  sleep 1
  one_live >> /run/agent
done
echo "$(median < /run/floor) $(median < /run/agent)" | awk '{ printf "new subsystem, event to live: %s ms; one raw connect %s ms; budget %d ms (one raw connect + 150) %s\n", $2, $1, $1 + 150, $2 == "?" ? "?" : $2 <= $1 + 150 ? "ok" : "over" }'
