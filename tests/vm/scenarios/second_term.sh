# Two SIGTERMs while the kernel holds a write (a portal that swallows packets, preflight off): the process ends as soon as
# the kernel lets it, 3.1 s at most, and the controllers stay.
cluster 1 1 2
cluster 2 1 1 4420
relay 10.0.3.1 8009 10.0.2.1 4420
conf a.conf "$(line 10.0.1.1)"
agent_config preflight=off
agent_start
expect_count 2
swallow 10.0.2.1 4420 $relay_source
line 10.0.3.1 > "$conf_dir/b.conf"
connecting() { io_controllers | awk '$4 == "-" || $5 == "10.0.2.1:4420"' | grep -q .; }
wait_until 10 connecting || fail "no write to the swallowing portal was seen"
kill -TERM "$(agent_pid)"
sleep 0.1
kill -TERM "$(agent_pid)" 2>/dev/null || true
wait_until 5 agent_gone || fail "the agent is still there 5 s after the second SIGTERM"
live_is 2 || fail "the controllers did not stay"
