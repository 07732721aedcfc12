# A service manager hears READY as soon as the agent is on duty, though its only service is silent; then its watchdog is fed; RELOADING
# and READY come around a HUP, STOPPING at the end. On an abstract socket as well as on a path.
address 10.0.1.1
black_hole
conf a.conf "$(line 10.99.0.1)"
agent_config
heard() { grep -q "^$1" /run/notify.log; }
count() { grep -c "^$1" /run/notify.log; }
for socket in /run/notify.sock @notify; do
  : > /run/notify.log
  case $socket in
    @*) socat -u ABSTRACT-RECV:"${socket#@}" OPEN:/run/notify.log,append & ;;
    *) socat -u UNIX-RECV:"$socket" OPEN:/run/notify.log,append & ;;
  esac
  manager=$!
  sleep 0.5
  NOTIFY_SOCKET=$socket WATCHDOG_USEC=2000000 "$agent" serve --config "$agent_yaml" >> /run/agent.out 2>&1 < /dev/null &
  echo $! > /run/agent.pid
  wait_until 5 heard READY=1 || { cat /run/notify.log; fail "no READY on $socket"; }
  wait_until 5 heard WATCHDOG=1 || fail "the watchdog is not fed on $socket"
  kill -HUP "$(agent_pid)"
  wait_until 5 heard RELOADING=1 || fail "no RELOADING on $socket"
  heard MONOTONIC_USEC= || fail "RELOADING without MONOTONIC_USEC on $socket"
  ready_again() { [ "$(count READY=1)" -ge 2 ]; }
  wait_until 5 ready_again || fail "no READY after the reload on $socket"
  agent_stop
  wait_until 2 heard STOPPING=1 || fail "no STOPPING on $socket"
  kill $manager
done
