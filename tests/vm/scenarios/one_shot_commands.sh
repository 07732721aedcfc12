# The commands that work without a running agent: discover tells reachable from not by its exit status and connects nothing,
# connect-all connects what a service lists (a second time nothing more), connect one path, disconnect and disconnect-all.
cluster 1 2 2
expect_status 0 "$agent" discover -a 10.0.1.1 -q "$hostnqn" -I "$hostid"
status=0; "$agent" discover -a 10.0.1.9 -q "$hostnqn" > /run/command.out 2>&1 || status=$?
[ $status -ne 0 ] || fail "discover of nothing succeeds"
live_is 0 || fail "discover connected something"
expect_status 0 "$agent" connect-all -a 10.0.1.1 -q "$hostnqn" -I "$hostid"
expect_count 2
expect_status 0 "$agent" connect-all -a 10.0.1.1 -q "$hostnqn" -I "$hostid"
expect_count 2
expect_status 0 "$agent" connect -a 10.0.1.2 -s 8009 -n "$(nqn c1-1)" -q "$hostnqn" -I "$hostid"
expect_count 3
expect_status 0 "$agent" disconnect -d "$(device_of "$(nqn c1-1)" 10.0.1.2:8009)"
expect_count 2
expect_status 0 "$agent" disconnect-all
expect_count 0
