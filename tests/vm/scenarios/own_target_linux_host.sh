# Without the agent: Linux's own host takes the test target for a discovery service: found by nvme discover, with digests and over
# IPv6, and held by the kernel as a persistent controller with keep alives, an event and a reconnect. That is how we know it is one.
# Needs discovery_target
# Takes 25 s
address 10.0.1.1 fd00::1:1
mkfifo /run/own.in
: > /run/own.out
discovery_target --listen 10.0.1.1:8009 --listen '[fd00::1:1]:8009' --self --entry "tcp,ipv4,10.0.1.9,4420,$(nqn one)" \
  --entry "tcp,ipv6,fd00::1:9,4420,$(nqn two)" --referral 10.0.1.2,8009 < /run/own.in > /run/own.out 2>&1 &
exec 3> /run/own.in
wait_until 10 grep -q '^listening \[fd00::1:1\]:8009' /run/own.out || fail "the target does not listen"
tell() {  # tell WORDS...: a line for the target, and its answer
  local before; before=$(grep -cE '^(ok|error) ' /run/own.out || true)
  echo "$*" >&3
  answered() { [ "$(grep -cE '^(ok|error) ' /run/own.out)" -gt "$before" ]; }
  wait_until 5 answered || fail "no answer to $*"
  ! tail -n 1 /run/own.out | grep -q '^error' || fail "$* : $(tail -n 1 /run/own.out)"
}
discovers() { nvme discover -t tcp -a "$1" -s 8009 -q "$hostnqn" -I "$hostid" -o json $2 ${3:-} > /run/own.json 2>&1 && grep -q "$(nqn one)" /run/own.json && grep -q "$(nqn two)" /run/own.json && grep -q 10.0.1.2 /run/own.json; }
state() { cat "/sys/class/nvme/$1/state"; }
is_live() { [ "$(state nvme0)" = live ]; }

discovers 10.0.1.1 -k0 || fail "nvme discover: $(cat /run/own.json)"
discovers fd00::1:1 -k0 || fail "nvme discover over IPv6: $(cat /run/own.json)"
discovers 10.0.1.1 -g -G || fail "nvme discover with digests: $(cat /run/own.json)"
tell misbehave split=100
discovers 10.0.1.1 -k0 || fail "nvme discover with data in pieces: $(cat /run/own.json)"
tell behave
for wrong in fail-connect=0x8308 cpda=3 identify-cntlid=999 fail-log=0x8004 genctr-moves=0 success-without-last; do
  tell misbehave "$wrong"
  ! discovers 10.0.1.1 -k0 || fail "nvme discover does not mind $wrong"
  tell behave
done
tell hosts
! grep -E 'violation|protocol error' /run/own.out || fail "Linux broke the protocol, or the target thinks so"

raw_connect "nqn=$well_known,transport=tcp,traddr=10.0.1.1,trsvcid=8009,hostnqn=$hostnqn,hostid=$hostid,keep_alive_tmo=2,reconnect_delay=1,hdr_digest,data_digest" > /run/own.instance
grep -q instance=0 /run/own.instance || fail "the kernel does not connect: $(cat /run/own.instance)"
is_live || fail "not live: $(state nvme0)"
tell add "tcp,ipv4,10.0.1.9,4420,$(nqn three)"
seen() { echo hosts >&3; sleep 0.2; grep -q 'aens 1 .*open$' /run/own.out; }
wait_until 5 seen || fail "no AER was completed"
nvme discover -d nvme0 -t tcp -a 10.0.1.1 -s 8009 -q "$hostnqn" -I "$hostid" -o json > /run/own.json 2>&1 && grep -q "$(nqn three)" /run/own.json || fail "no third subsystem: $(cat /run/own.json)"
sleep 5
is_live || fail "not live after two keep alive periods"
kept() { echo hosts >&3; sleep 0.2; grep -qE 'keep-alives [2-9].*open$' /run/own.out; }
wait_until 5 kept || fail "no keep alives"
tell drop
again() { echo hosts >&3; sleep 0.2; is_live && grep -q 'dropped by the target' /run/own.out && tail -n 3 /run/own.out | grep -q 'open$'; }
wait_until 15 again || fail "not connected again: $(state nvme0)"
echo 1 > /sys/class/nvme/nvme0/delete_controller
[ ! -e /sys/class/nvme/nvme0 ] || fail "still there"
tell hosts
tail -n 3 /run/own.out | grep -q 'shutdown yes, closed by the host' || fail "no orderly shutdown"
! grep -E 'violation|protocol error' /run/own.out || fail "Linux broke the protocol, or the target thinks so"
grep '^host ' /run/own.out | sort -u | tail -n 4
