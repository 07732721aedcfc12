# A second agent on the host ends at once with an error and harms nothing; the lock goes with its holder, even by SIGKILL.
cluster 1 1 1
conf a.conf "$(line 10.0.1.1)"
agent_start
expect_count 1
status=0; timeout 5 "$agent" serve --config "$agent_yaml" > /run/second.out 2>&1 || status=$?
case $status in 0|124|143) fail "a second instance ran (status $status)";; esac
expect_agent_running
io_devices > /run/devices.before
agent_kill9
agent_start
sleep 1
expect_agent_running
subsystem "$(nqn later)"
offer "$(nqn later)" 11
expect_count 2
