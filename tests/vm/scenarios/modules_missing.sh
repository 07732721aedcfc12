# No nvme-fabrics device at start: the agent stays, does nothing silly, and connects once the modules are there.
# Takes 8 s
cluster 1 1 1
conf a.conf "$(line 10.0.1.1)"
rmmod nvme-tcp nvme-fabrics
agent_config maxRetryInterval=2s
agent_start
sleep 2
running=0; agent_running && running=1
for module in nvme-fabrics.ko nvme-tcp.ko; do insmod /vm/modules/$module; done
[ $running -eq 1 ] || fail "the agent ended because a module was missing"
expect_count 1 15
