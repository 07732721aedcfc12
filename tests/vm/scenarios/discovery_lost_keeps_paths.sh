# The discovery service goes away while its I/O portal works: nothing is disconnected, and a path lost meanwhile is connected
# again from the last page.
# Takes 12 s
cluster 1 1 2 4420
relay 10.0.3.1 8009 10.0.1.1 4420
conf a.conf "$(line 10.0.3.1)"
agent_start
expect_count 2
swallow 10.0.3.1 8009
expect_stays 4 live_is 2
echo 1 > "/sys/class/nvme/$(device_of "$(nqn c1-2)" 10.0.1.1:4420)/delete_controller"
expect_count 2 10
