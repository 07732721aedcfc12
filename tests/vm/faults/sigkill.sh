# What: the agent is killed (SIGKILL) at random points of the phase: 200 in all four phases together, 20 in the short form
# Promise: the next one adopts what is there; nothing is connected twice, no controller changes
# Kills: the agent
# Within: 30 s
# Hold: 1 s, short 1 s
# Takes: 150
# Short: kernel
begin() { agent_killed; }
# Every point: where the phase is entered again, then a random moment. What the kernel has in hand survives the process, so
# the next agent comes when the held command is released.
during() {
  local n=50 i=0 pause
  [ "$short" = 0 ] || n=20
  awk -v n=$n -v seed="${KILL_SEED:-$(date +%s)}" 'BEGIN { print "note: seed", seed > "/dev/stderr"; srand(seed); for (i = 0; i < n; ++i) printf "%.2f\n", rand() * 0.8 }' > /run/pauses
  while read -r pause; do
    i=$((i + 1))
    # A process that is killed inside the kernel stays until the kernel lets go of it: 60 s at most.
    wait_until 75 started_after $i || fail "no new agent before point $i"
    if [ "$phase" != idle ]; then again "$1"; fi
    sleep "$pause"
    agent_killed
    front "$1" release
    expect_no_duplicates
    expect_bystander_untouched "point $i"
  done < /run/pauses
  echo "note: killed at $i points"
  if [ "$phase" = kernel ]; then grep -v " $(nqn "c$1-2") 10.1.$1.1:" /run/others > /run/others.new || true; mv /run/others.new /run/others; fi
}
started_after() { [ "$(agent_restarts)" -ge "$1" ] && agent_running; }
# again C: the phase once more. A new agent may be past it already when the command is to be held, so it is provoked.
again() {
  forget_held "$1"
  case $phase in
    discovery) front "$1" "hold connect 8009";;
    log) front "$1" "hold log 8009";;
    kernel) front "$1" "hold connect 4420";;
  esac
  reached "$1" || wait_until 60 provoked "$1" || fail "phase $phase was not reached again"
}
reached() { case $phase in log) held "$1" log;; *) held "$1" connect;; esac; }
provoked() {
  local device
  case $phase in
    discovery) front "$1" "refuse 8009"; front "$1" accept;;
    log) service "$1" aen;;
    kernel)
      device=$(device_of "$(nqn "c$1-2")" "10.1.$1.1:4420")
      [ -z "$device" ] || echo 1 > "/sys/class/nvme/$device/delete_controller" || true;;
  esac
  sleep 1
  reached "$1"
}
