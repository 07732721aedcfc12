# The discovery service is gone when the agent starts again, and so is one controller: the last good log page still counts,
# the path is connected again. Unknown is not absent.
# Takes 8 s
cluster 1 1 3 4420
relay 10.0.3.1 8009 10.0.1.1 4420
conf a.conf "$(line 10.0.3.1)"
agent_start
expect_count 3
agent_stop
echo 1 > "/sys/class/nvme/$(device_of "$(nqn c1-2)" 10.0.1.1:4420)/delete_controller"
swallow 10.0.3.1 8009
live_is 2 || fail "not two controllers"
agent_start
expect_count 3 15
