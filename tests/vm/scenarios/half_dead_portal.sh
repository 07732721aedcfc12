# A portal answers ICReq and never a Connect, so that userspace takes it for well and each connect holds the kernel for an admin
# command's 60 s. Eight subsystems are listed there; what waits for the kernel behind the first of them waits for that one only.
# Needs discovery_target
# Takes 75 s
cluster 1 1 1
address 10.0.5.1 10.0.5.2
entries=
for s in $(seq 1 8); do entries="$entries --entry tcp,ipv4,10.0.5.2,4420,$(nqn "half-$s")"; done
mkfifo /run/never
discovery_target --listen 10.0.5.1:8009 $entries 0<> /run/never > /run/service.out 2>&1 &
discovery_target --listen 10.0.5.2:4420 --misbehave silent-icresp 0<> /run/never > /run/half.out 2>&1 &
wait_until 10 grep -q '^listening' /run/half.out || fail "the half-dead portal does not listen"
agent_config
conf b.conf "$(line 10.0.5.1)"
agent_start
kernel_is_there() { "$agent" status -o json 2> /dev/null | grep -q '"reason": *"in-flight"'; }
wait_until 10 kernel_is_there || fail "the kernel was not sent to the half-dead portal: $("$agent" status -o wide 2>&1)"
conf a.conf "$(line 10.0.1.1)"
expect_count 1 75
