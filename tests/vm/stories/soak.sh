# Random faults and changes for as long as SOAK_SECONDS says, from the generator's seed SOAK_SEED. Rounds: some events, several
# of them in force at once, then a quiet point with every check (soak_checker.sh). Restarts of the agent belong to the first
# third; the rest is one life, whose memory is looked at. Ends at the first violation with all there is to say about it.
# Takes as long as SOAK_SECONDS, and a last quiet point.
SOAK_SECONDS=1200 SOAK_SEED=1
. /vm/scenarios/soak_settings.sh
. /vm/scenarios/soak_fabric.sh
. /vm/scenarios/soak_faults.sh
. /vm/scenarios/soak_checker.sh

recovery_limit=330      # seconds: a portal at which the kernel hung, and what a target refused, are left alone for up to five minutes
health_limit=$PATIENCE   # hundredths of a second
anon_limit=8192        # KiB
random=$((SOAK_SEED & 2147483647)) round=0 checks=0 lives=1 fd_base=0 restarts=1 sampled=0 events=0
rounds_with_restarts=$((SOAK_SECONDS / 3 / 70 + 1))     # a round takes about 70 s, whatever the machine: the same seed, the same events

note_event() {
  events=$((events + 1))
  echo "$1" >> $soak/kinds
  echo "$(clock) round $round: $1 $2" >> $soak/events
  expected >> $soak/wanted
}
clock() { local t=$(( $(now_cs) - soak_began )); printf '%d:%02d' $((t / 6000)) $((t / 100 % 60)); }
violation() {
  printf '\nVIOLATION at %s, round %s, seed %s: %s\n' "$(clock)" $round "$SOAK_SEED" "$*"
  echo "--- in force:$active"
  echo "--- last events"; tail -n 20 $soak/events
  echo "--- expected, not live"; cat $soak/missing 2> /dev/null || true
  echo "--- /metrics, holds and errors"; scrape && grep -E '^discovery_client_(holds|endpoints|paths|degraded|.*_last_error)' $soak/metrics || true
  echo "--- status"; "$agent" status -o wide 2>&1 | head -n 120 || true
  echo "--- kernel"; cat $soak/kernel.log 2> /dev/null || true
  cat $soak/agent.out.kept 2> /dev/null || true
  summary 1
  fail "$*"
}
sample() {
  local line="agent is down"
  sampled=$(now_cs)
  if agent_is up && scrape; then
    read_process
    line="$(printf 'RSS %5d KiB, anonymous %5d, fds %3d, threads %2d, live %3d of %3d listed, passes %6s, CPU %d.%02d s' \
      "$RSS" "$ANON" "$F" "$T" "$(live_count)" "$(metric discovery_client_paths_desired)" "$(metric discovery_client_passes_total)" $((CPU / 100)) $((CPU % 100)))"
  fi
  echo "$(clock)  round $round, $events events: $line"
}
# pause SECONDS: looks for a violation before and after
pause() {
  nap "$1"
  ! violated || violation "$(cat $soak/violation)"
  [ $(( $(now_cs) - sampled )) -lt 6000 ] || sample
}
summary() {
  local looks asked slowest slow count worst d
  read -r looks asked slowest slow < $soak/watched || looks=0 asked=0 slowest=0 slow=0
  read -r count worst < $soak/io || count=0 worst=0
  agent_running && read_process || true
  d="not known of so few"; [ "$(wc -l < $soak/anon)" -lt 15 ] || { d=$(drift); d="${d% *} KiB"; }
  echo
  echo "seed $SOAK_SEED, kernel $(uname -r), $(clock) minutes, $round rounds, $events events, $lives lives of the agent"
  echo "events: $(sort $soak/kinds | uniq -c | sort -rn | awk '{ printf "%s%s %s", (NR > 1) ? ", " : "", $2, $1 }')"
  sort -n $soak/recoveries 2> /dev/null | awk '{ v[NR] = $1 / 100 } END { if (NR) printf "recoveries: %d, from the end of the last fault to all paths live: median %.1f s, worst %.1f s\n", NR, v[int((NR + 1) / 2)], v[NR] }'
  echo "memory of the last life, anonymous KiB at quiet points: $(awk 'NR == 1 { first = $1 } { last = $1; if ($1 > max) max = $1 } END { printf "first %d, last %d, highest %d, in %d", first, last, max, NR }' $soak/anon); last third over second: $d"
  echo "now: RSS ${RSS:-0} KiB, fds ${F:-0}, besides sessions ${own:-0} (first ${fd_base:-0}), threads ${T:-0}, CPU of this life $((${CPU:-0} / 100)) s"
  echo "/healthz: $asked answers, slowest ${slowest}0 ms, $slow over ${health_limit}0 ms"
  echo "I/O: $count reads and writes, none failed, slowest $((worst / 100)).$((worst / 10 % 10)) s"
  echo "checks: $((checks + looks * 4 + asked + count)), violations: $1"
}

soak_began=$(now_cs)
build_fabric
mkdir -p $soak/disk $soak/hand $soak/given_up; mkfifo $soak/never
: > $soak/kernel.log; : > $soak/events; : > $soak/wanted; : > $soak/recoveries; : > $soak/anon
mount -t tmpfs -o size=256k none $soak/disk
agent_config internalDir=$soak/disk/internal logging.level=info logging.maxSize=8 kato=$((5 * PATIENCE / 100)) reconnectInterval=1s \
  maxRetryInterval=5s resyncInterval=60s logRefreshInterval=2m discoveryKato=10s
mkdir -p "$conf_dir"
for id in 1 2; do echo "-t tcp -a 10.0.4.$id -s 8009 -q $hostnqn -k 30"; done > "$conf_dir/bystander.conf"
write_config
agent_expected up
agent_start
echo "seed $SOAK_SEED, $SOAK_SECONDS s, kernel $(uname -r)"
expected > $soak/expected
wait_until 60 all_live || fail "at the start, not all live: $(tr '\n' ';' < $soak/missing)"
connected > $soak/before
bystander_devices=$(io_controllers | awk '$5 ~ /^10\.0\.4\./ { print $1 }')
B=; bystanders; bystanders_before=$B
wait_until 20 scrape || fail "no /metrics"
disk=$(ls -d /sys/class/nvme-subsystem/*/nvme*n1 2> /dev/null | grep -v 'c[0-9]*n' | head -n 1)
disk=/dev/${disk##*/}
[ -b "$disk" ] || fail "no block device of the disk's subsystem"
io_load "$disk" &
mkdir $soak/www; echo ok > $soak/www/healthz
httpd -p 127.0.0.1:6061 -h $soak/www
watcher &
sample
while [ $(( $(now_cs) - soak_began )) -lt $((SOAK_SECONDS * 100)) ]; do
  round=$((round + 1))
  pick 21 22; soft=$P
  if [ $round -gt $rounds_with_restarts ] && [ $restarts = 1 ]; then restarts=0; fd_base=0; : > $soak/anon; fi
  rnd 16; left=$((R + 6))
  while [ $left -gt 0 ]; do
    left=$((left - 1))
    next_event
    rnd 8; pause $((R / 2)).$((R % 2 * 5))
  done
  quiet_point
done
set -- $(drift)
[ "$2" -lt 15 ] || [ "$1" -le 1024 ] || violation "memory grows: the last third of $2 quiet points is $1 KiB above the second"
sample
summary 0
