# The soak's checker. A watcher looks every second at what must hold at every moment; at a quiet point, when all faults are over,
# everything that is configured, listed and reachable must become live. What that is comes from the target's tables and the
# lists of soak_fabric.sh; the agent is asked for its health and its metrics only.

fatal() {  # fatal TEXT: the first one counts; the loop finds it
  [ -e $soak/violation ] || { echo "$*" > $soak/violation.new; mv $soak/violation.new $soak/violation; }
}
count_check() { checks=$((checks + ${1:-1})); }

# --- what ought to be ---------------------------------------------------------------------------------------------------
# expected: "NQN ADDR:PORT" of every path that is configured, or referred to from there, and listed
expected() {
  local a l r p x n
  {
    for a in $configured; do echo "ask $a:8009"; done
    for l in "$nvmet"/ports/*/subsystems/*; do
      p=${l#"$nvmet"/ports/}; address_of "${p%%/*}"
      [ ! -L "$l" ] || echo "list $A:$S ${l##*/} $A:$S"
    done
    for r in "$nvmet"/ports/*/referrals/*; do
      [ -d "$r" ] || continue
      p=${r#"$nvmet"/ports/}; address_of "${p%%/*}"; read -r x < "$r/addr_traddr"
      echo "refer $A:$S $x:8009"
    done
    for n in $service_list; do echo "list 10.0.5.1:8009 $(nqn c6-$n) 10.0.6.1:4420"; done
  } | awk '
    $1 == "ask" && !($2 in asked) { asked[$2] = 1; todo[++n] = $2 }
    $1 == "list" { lists[$2] = lists[$2] "\n" $3 " " $4 }
    $1 == "refer" { refers[$2] = refers[$2] " " $3 }
    END {
      for (i = 1; i <= n; ++i) {
        e = todo[i]
        if (!(e in lists)) continue                     # a port without subsystems does not listen
        m = split(lists[e], path, "\n"); for (j = 2; j <= m; ++j) want[path[j]] = 1
        m = split(refers[e], next_one, " "); for (j = 1; j <= m; ++j) if (!(next_one[j] in asked)) { asked[next_one[j]] = 1; todo[++n] = next_one[j] }
      }
      for (p in want) print p
    }' | sort
}
live_paths() { io_controllers | awk '$2 == "live" { print $4, $5 }' | sort; }
connected() { io_controllers | awk '{ print $4, $5 }' | sort; }     # live or not: what the kernel may bring back by itself
desired_devices() { io_controllers | awk -v file=$soak/expected 'BEGIN { while ((getline line < file) > 0) want[line] = 1 } ($4 " " $5) in want { print $2, $4, $5, $1 }' | sort; }
# not_in A B: the lines of A that B does not have
not_in() { awk -v other="$2" 'BEGIN { while ((getline line < other) > 0) have[line] = 1 } !($0 in have)' "$1"; }

# --- at every moment: a process of its own -----------------------------------------------------------------------------------
# The agent is expected up or down from now on; the second word makes each such moment another one
agent_moments=0
agent_expected() { agent_moments=$((agent_moments + 1)); echo "$1 $agent_moments $(now_cs)" > $soak/agent.new; mv $soak/agent.new $soak/agent; }
agent_is() { local state rest; read -r state rest < $soak/agent; [ "$state" = "$1" ]; }

bystanders() {  # the bystander's controllers: device, cntlid (another one after every reconnect of the kernel) and state
  local d x y
  for d in $bystander_devices; do
    x=gone y=gone
    { read -r x < "/sys/class/nvme/$d/cntlid"; read -r y < "/sys/class/nvme/$d/state"; } 2> /dev/null
    B="$B $d/$x/$y"
  done
}
# The kernel's log: a controller is deleted by the soak's own hand (a file hand/DEVICE), or was given up by the kernel
# (ctrl_loss_tmo) just before, or else somebody else deleted it. Each excuse is good for one deletion.
watch_kernel() {
  local device word
  dmesg -c > $soak/kernel.new
  [ -s $soak/kernel.new ] || return 0
  cat $soak/kernel.new >> $soak/kernel.log
  grep -oE 'nvme[0-9]+: Removing (controller|ctrl)' $soak/kernel.new | while read -r device word word; do
    device=${device%:}
    case $word in
      controller) : > "$soak/given_up/$device";;
      ctrl) rm "$soak/given_up/$device" 2> /dev/null || rm "$soak/hand/$device" 2> /dev/null || fatal "$device was disconnected, and not by the soak";;
    esac
  done
}
# One look at /healthz while the agent is expected to run. On a busy machine the guest's processors are late, each for itself, so
# a slow answer is followed by two more questions at once: to busybox httpd, as a control, and to the agent again. It counts when
# the agent is slow both times and the control is not; the table has the slowest and how many were slow in any case.
watch_health() {
  local state moment since again control
  read -r state moment since < $soak/agent
  [ "$state" = up ] && [ $(( $(now_cs) - since )) -gt $((5 * PATIENCE)) ] || return 0
  ask_health || return 0
  [ $took -gt $health_limit ] || return 0
  slow=$((slow + 1))
  ask 6061; control=$took
  ask_health || return 0
  [ $took -le $health_limit ] || [ $control -gt $((health_limit / 2)) ] || fatal "/healthz took ${took}0 ms, twice in a row; the control ${control}0 ms"
}
ask() {  # ask PORT: sets `answer`, and took to hundredths of a second
  local began; began=$(now_cs)
  answer=$(timeout 10 wget -q -O - "http://127.0.0.1:$1/healthz" 2> /dev/null)
  took=$(( $(now_cs) - began ))
}
# ask_health: false when nothing follows from it, since the agent was to go or stop meanwhile
ask_health() {
  ask 6060
  read -r again < $soak/agent
  [ "$again" = "$state $moment $since" ] || return 1
  if [ "$answer" = ok ]; then
    asked=$((asked + 1)) answered=$moment
    [ $took -le $slowest ] || slowest=$took
    return 0
  fi
  # A start, and what SIGSTOP held up, have 30 s until the first answer; after that there is always one.
  [ "$answered" != "$moment" ] && [ $(( $(now_cs) - since )) -lt $((30 * PATIENCE)) ] || fatal "/healthz says '$answer' after ${took}0 ms"
  return 1
}
watcher() {
  set +e
  local state moment since again
  asked=0 answered=0 slowest=0 slow=0 looks=0
  while :; do
    nap 1
    looks=$((looks + 1))
    B=; bystanders
    [ "$B" = "$bystanders_before" ] || fatal "a path of the bystander suffered:$B, before:$bystanders_before"
    read -r state moment since < $soak/agent
    if [ "$state" = up ]; then
      if ! agent_running; then read -r again < $soak/agent; [ "$again" != "$state $moment $since" ] || fatal "the agent is gone by itself"; fi
    fi
    watch_kernel
    watch_health
    [ ! -e $soak/io.failed ] || fatal "an I/O failed though a path was healthy: $(cat $soak/io.failed)"
    echo "$looks $asked $slowest $slow" > $soak/watched.new; mv $soak/watched.new $soak/watched
  done
}
# nap SECONDS: sleeps without a fork
nap() { read -r -t "$1" nothing <> $soak/never || true; }
# I/O on the disk that has a healthy path all the time, past the page cache
io_load() {
  set +e
  local device=$1 began took worst=0 count=0
  while :; do
    began=$(now_cs)
    dd if="$device" of=/dev/null bs=4k count=4 skip=$((count % 1000)) iflag=direct 2> $soak/io.out || echo "read: $(cat $soak/io.out)" > $soak/io.failed
    dd if=/dev/zero of="$device" bs=4k count=1 seek=$((count % 1000)) conv=fsync,notrunc 2> $soak/io.out || echo "write: $(cat $soak/io.out)" > $soak/io.failed
    took=$(( $(now_cs) - began )); count=$((count + 2))
    [ $took -le $worst ] || worst=$took
    echo "$count $worst" > $soak/io.new; mv $soak/io.new $soak/io
    nap 1
  done
}

# --- at a quiet point ----------------------------------------------------------------------------------------------------------
violated() { [ -e $soak/violation ]; }
all_live() { live_paths > $soak/live; not_in $soak/expected $soak/live > $soak/missing; [ ! -s $soak/missing ]; }
# metric NAME: the sum of its series in the last scrape
metric() { awk -v n="$1" '{ i = match($1, /[{ ]/); name = i ? substr($1, 1, i - 1) : $1 } name == n { sum += $NF; seen = 1 } END { print seen ? sum : "?" }' $soak/metrics; }
scrape() { timeout 10 wget -q -O $soak/metrics http://127.0.0.1:6060/metrics 2> /dev/null; }
metrics_parse() {
  awk '/^# (HELP|TYPE) [a-z_]+ ./ { next } /^[a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)*\})? -?([0-9.]+(e[+-]?[0-9]+)?|\+Inf|NaN)$/ { ++n; next } { print; bad = 1 } END { exit bad || n < 50 }' $soak/metrics > $soak/metrics.bad
}
agent_agrees() {
  told=nothing
  scrape || return 1
  told=$(awk '/^discovery_client_paths\{/ && /state="live"/ { sum += $NF } END { print sum + 0 }' $soak/metrics)
  [ "$told" -eq "$(live_count)" ] && [ "$(metric discovery_client_degraded)" = 0 ]
}
# read_process: F, T, RSS, ANON (KiB), CPU (hundredths of a second) of the agent's process
read_process() {
  local p name value rest
  agent_running || return 1
  p=$(agent_pid); F=$(ls "/proc/$p/fd" | wc -l); T=0 RSS=0 ANON=0
  while read -r name value rest; do
    case $name in Threads:) T=$value;; VmRSS:) RSS=$value;; RssAnon:) ANON=$value;; esac
  done < "/proc/$p/status"
  read -r rest < "/proc/$p/stat"; set -- ${rest##*) }
  CPU=$((${12} + ${13}))
}
fds_at_baseline() {
  scrape || return 1
  read_process
  own=$((F - $(metric discovery_client_endpoint_up)))
  [ "$fd_base" -gt 0 ] || fd_base=$own
  [ $own -le $((fd_base + 2)) ]
}
# quiet_point: ends all faults and demands what must be true then
quiet_point() {
  local began limit
  end_faults
  agent_running || violation "no agent runs"
  note_event quiet ""
  began=$(now_cs); limit=$((began + recovery_limit * PATIENCE)); live_since=
  expected > $soak/expected
  # Live, and still so 8 s later, with keep alives timed out after 5: what was lost under a fault may be found out only after it.
  while :; do
    if all_live; then [ -n "$live_since" ] || live_since=$(now_cs); else live_since=; fi
    [ -z "$live_since" ] || [ $(( $(now_cs) - live_since )) -lt $((8 * PATIENCE)) ] || break
    ! violated || violation "$(cat $soak/violation)"
    [ -n "$live_since" ] || [ "$(now_cs)" -lt $limit ] || violation "not live $((recovery_limit * PATIENCE / 100)) s after all faults were over: $(tr '\n' ';' < $soak/missing)"
    nap 0.5
  done
  echo $((live_since - began)) >> $soak/recoveries
  count_check "$(wc -l < $soak/expected)"
  [ -z "$(duplicates)" ] || violation "connected twice: $(duplicates)"
  not_in $soak/live $soak/known > $soak/unknown
  [ ! -s $soak/unknown ] || violation "live, though no target ever offered it: $(cat $soak/unknown)"
  sort -u $soak/before $soak/wanted $soak/expected > $soak/may; not_in $soak/live $soak/may > $soak/unwanted
  [ ! -s $soak/unwanted ] || violation "connected, though nothing that is configured lists it: $(cat $soak/unwanted)"
  wait_until 75 agent_agrees || violation "the agent says $told live paths, degraded $(metric discovery_client_degraded); sysfs has $(live_count)"
  metrics_parse || violation "/metrics does not parse: $(head -n 3 $soak/metrics.bad)"
  desired_devices > $soak/devices
  wait_until 20 fds_at_baseline || violation "$F fds, $own besides the sessions; were $fd_base"
  [ "$ANON" -le "$anon_limit" ] || violation "RssAnon is $ANON KiB, over $anon_limit"
  pause 2
  desired_devices > $soak/devices.now
  not_in $soak/devices $soak/devices.now > $soak/lost
  [ ! -s $soak/lost ] || violation "in the quiet, these did not stay: $(tr '\n' ';' < $soak/lost)"
  count_check 8
  echo "$ANON" >> $soak/anon
  connected > $soak/before; : > $soak/wanted
  tail -n 60 $soak/kernel.log > $soak/kernel.tail; mv $soak/kernel.tail $soak/kernel.log
  tail -n 200 /run/agent.out > $soak/agent.out.kept; : > /run/agent.out
}
# drift: of the last life's figures, the highest of the last third and that of the second: KiB
drift() { awk '{ v[NR] = $1 } END { a = b = 0; for (i = 1; i <= NR; ++i) { if (i > NR / 3 && i <= NR * 2 / 3 && v[i] > a) a = v[i]; if (i > NR * 2 / 3 && v[i] > b) b = v[i] } print b - a, NR }' $soak/anon; }
