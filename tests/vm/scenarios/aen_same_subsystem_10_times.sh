# One subsystem unlinked and linked again ten times, with the resync period an hour: live again every time. Where the kernel
# keeps its controller, the controller is deleted by hand, so that only the event can bring it back.
# Takes 25 s
cluster 1 1 1
subsystem "$(nqn coming)"
agent_config resyncInterval=1h maxRetryInterval=2s
conf a.conf "$(line 10.0.1.1)"
agent_start
expect_count 1
for round in 1 2 3 4 5 6 7 8 9 10; do
  offer "$(nqn coming)" 11
  expect_live "$(nqn coming)" 10.0.1.1:8009 10
  withdraw "$(nqn coming)" 11
  expect_not_live "$(nqn coming)" 10.0.1.1:8009
  device=$(device_of "$(nqn coming)" 10.0.1.1:8009)
  [ -z "$device" ] || echo 1 > "/sys/class/nvme/$device/delete_controller" || true
  expect_absent "$(nqn coming)" 10.0.1.1:8009
done
expect_count 1
