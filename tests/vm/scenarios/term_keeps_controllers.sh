# SIGTERM ends the agent within 2 s with status 0 and disconnects nothing; a new start adopts what is there: the same
# controllers, not one more.
cluster 1 2 4
conf a.conf "$(line 10.0.1.1)" "$(line 10.0.1.2)"
agent_start
expect_count 8
io_devices > /run/devices.before
kill -TERM "$(agent_pid)"
wait_until 2 agent_gone || fail "the agent is still there 2 s after SIGTERM"
status=0; wait "$(agent_pid)" || status=$?
[ $status -eq 0 ] || fail "the agent ended with status $status on SIGTERM"
expect_stays 1 live_is 8
agent_start
sleep 2
expect_same_devices /run/devices.before
kill -INT "$(agent_pid)"
wait_until 2 agent_gone || fail "the agent is still there 2 s after SIGINT"
expect_same_devices /run/devices.before
