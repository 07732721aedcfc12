# `plan` says by its exit status whether there is something to do (2) or not (0), and changes nothing itself.
cluster 1 1 2
conf a.conf "$(line 10.0.1.1)"
agent_config
expect_status 2 "$agent" plan --config "$agent_yaml"
sleep 1
live_is 0 || fail "plan connected something"
agent_start
expect_count 2
expect_status 0 "$agent" plan --config "$agent_yaml"
agent_stop
echo 1 > "/sys/class/nvme/$(device_of "$(nqn c1-2)" 10.0.1.1:8009)/delete_controller"
expect_status 2 "$agent" plan --config "$agent_yaml"
