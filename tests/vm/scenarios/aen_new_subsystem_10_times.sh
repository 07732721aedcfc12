# With the resync period an hour, ten subsystems linked one after another are each live within seconds: the event is armed
# again every time, not only the first. Unlinked ones, deleted from the host by hand, stay away.
# Takes 15 s
cluster 1 1 1
agent_config resyncInterval=1h
conf a.conf "$(line 10.0.1.1)"
agent_start
expect_count 1
for round in 1 2 3 4 5 6 7 8 9 10; do
  subsystem "$(nqn "new-$round")"
  offer "$(nqn "new-$round")" 11
  expect_live "$(nqn "new-$round")" 10.0.1.1:8009 8
done
expect_count 11
for round in 1 2 3 4 5; do
  withdraw "$(nqn "new-$round")" 11
  expect_not_live "$(nqn "new-$round")" 10.0.1.1:8009
done
sleep 1
for round in 1 2 3 4 5; do
  device=$(device_of "$(nqn "new-$round")" 10.0.1.1:8009)
  [ -z "$device" ] || echo 1 > "/sys/class/nvme/$device/delete_controller" || true
done
for round in 1 2 3 4 5; do expect_absent "$(nqn "new-$round")" 10.0.1.1:8009; done
expect_stays 3 live_is 6
expect_count 6
for round in 1 2 3 4 5; do is_absent "$(nqn "new-$round")" 10.0.1.1:8009 || fail "an unlinked subsystem was connected again"; done
