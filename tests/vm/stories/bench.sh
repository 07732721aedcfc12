# Measures DESIGN.md's budgets that need a real kernel. Times are those of the kernel's log ("new ctrl" is printed when a
# controller has become live), so that looking does not slow down what is looked at. Each figure is the median of ROUNDS.
ROUNDS=3
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
mark() { echo "bench-mark" > /dev/kmsg; }
# last_live N: milliseconds from the newest mark to the N-th I/O controller that the kernel announced after it
last_live() {
  dmesg | awk -v n="$1" -v w="$well_known" '{ t = $0; sub(/^\[ */, "", t); t += 0 }
    /bench-mark/ { from = t; c = 0; at = -1 } /new ctrl: NQN/ && !index($0, w) { if (++c == n) at = t }
    END { if (at < 0) print "?"; else printf "%d\n", (at - from) * 1000 + 0.5 }'
}
elapsed_ms() { dmesg | awk '{ t = $0; sub(/^\[ */, "", t); t += 0 } /bench-mark/ { before = last; last = t } END { printf "%d\n", (last - before) * 1000 + 0.5 }'; }
row() {  # row WHAT MEASURED FLOOR BUDGET BUDGET_TEXT CONNECT_ALL
  awk -v what="$1" -v m="$2" -v f="$3" -v b="$4" -v text="$5" -v ca="$6" 'BEGIN {
    printf "%-46s %9s ms %9s ms %7.2f %9d ms (%s) %-4s %12s\n", what, m, f, m / f, b, text, m == "?" ? "?" : m <= b ? "ok" : "over", ca }'
}
forget() { disconnect_all; dmesg -c > /dev/null; }
option_string() { echo "nqn=$1,transport=tcp,traddr=$2,trsvcid=$3,hostnqn=$hostnqn,hostid=$hostid,nr_io_queues=1,keep_alive_tmo=10,ctrl_loss_tmo=600"; }
# raw FILE: sequential writes of the strings in FILE, without a fork
raw() { local s; mark; while read -r s; do printf '%s' "$s" > /dev/nvme-fabrics; done < "$1"; mark; elapsed_ms; }

agent_config logging.level=info kato=10 ctrlLossTMO=600
port 11 10.0.1.1
address 10.0.1.1
for s in $(seq 1 64); do subsystem "$(nqn "b-$s")"; option_string "$(nqn "b-$s")" 10.0.1.1 8009 > "/run/string.$s"; done
printf '%-46s %12s %12s %7s %12s\n' what measured floor ratio budget
offered=0
for n in 1 32 64; do
  while [ $offered -lt $n ]; do offered=$((offered + 1)); offer "$(nqn "b-$offered")" 11; cat "/run/string.$offered" >> /run/strings; done
  : > /run/floor; : > /run/measured; : > /run/all
  for round in $(seq 1 $ROUNDS); do
    forget; raw /run/strings >> /run/floor
    forget; rm -rf "$conf_dir"/* "$agent_dir/internal"; agent_start; sleep 2
    line 10.0.1.1 > "$conf_dir/tmp.dc.x"; mark; mv "$conf_dir/tmp.dc.x" "$conf_dir/a.conf"
    wait_until 60 live_is $n || true
    last_live $n >> /run/measured
    agent_kill9
    forget; mark; nvme connect-all -t tcp -a 10.0.1.1 -s 8009 -q "$hostnqn" -I "$hostid" -i 1 > /dev/null 2>&1 || true
    last_live $n >> /run/all
  done
  f=$(median < /run/floor); m=$(median < /run/measured)
  row "$n controllers, config drop to all live" "$m" "$f" $((f * 110 / 100 + 300)) "1.10 x floor + 300" "$(median < /run/all) ms"
done

# 64 entries in one log page of which 8 lead to portals that swallow packets: from the userspace target, that lists what it is told
if command -v discovery_target > /dev/null; then
  black_hole
  address 10.0.7.1
  set --
  for s in $(seq 1 8); do set -- "$@" --entry "tcp,ipv4,10.99.0.$s,4420,$(nqn "mute-$s")"; done
  for s in $(seq 1 56); do set -- "$@" --entry "tcp,ipv4,10.0.1.1,8009,$(nqn "b-$s")"; done
  sleep 100000 | discovery_target --listen 10.0.7.1:8009 "$@" > /run/target.out 2>&1 &
  wait_until 5 listening 10.0.7.1 8009 || fail "the discovery target does not listen"
  head -n 56 /run/strings > /run/strings56
  : > /run/floor; : > /run/measured
  for round in $(seq 1 $ROUNDS); do
    forget; raw /run/strings56 >> /run/floor
    forget; rm -rf "$conf_dir"/* "$agent_dir/internal"; agent_start; sleep 2
    line 10.0.7.1 > "$conf_dir/tmp.dc.x"; mark; mv "$conf_dir/tmp.dc.x" "$conf_dir/a.conf"
    wait_until 60 live_is 56 || true
    last_live 56 >> /run/measured
    agent_kill9
  done
  forget; mark; nvme connect-all -t tcp -a 10.0.7.1 -s 8009 -q "$hostnqn" -I "$hostid" -i 1 > /dev/null 2>&1 || true
  f=$(median < /run/floor); m=$(median < /run/measured)
  row "64 of which 8 swallow: the 56 live" "$m" "$f" $((f * 110 / 100 + 1800)) "1.10 x floor + 300 + 1500" "$(last_live 56) ms"
fi

forget; rm -rf "$conf_dir"/* "$agent_dir/internal"
for s in $(seq 2 64); do withdraw "$(nqn "b-$s")" 11; done
: > /run/floor; : > /run/measured
option_string "$(nqn b-2)" 10.0.1.1 8009 > /run/one
for round in 1 2 3 4 5; do
  offer "$(nqn b-2)" 11; forget; sleep 1; raw /run/one >> /run/floor; forget; withdraw "$(nqn b-2)" 11
done
conf a.conf "$(line 10.0.1.1)"
agent_start
expect_count 1
sleep 2
for round in 1 2 3 4 5; do
  subsystem "$(nqn "aen-$round")"
  dmesg -c > /dev/null; mark
  offer "$(nqn "aen-$round")" 11
  is_there() { is_live "$(nqn "aen-$round")" 10.0.1.1:8009; }
  wait_until 10 is_there || true
  last_live 1 >> /run/measured
  sleep 1
done
f=$(median < /run/floor); m=$(median < /run/measured)
row "new subsystem: event to live" "$m" "$f" $((f + 150)) "one raw connect + 150" "-"
