# Controllers that somebody deletes by hand come back at once, every time, with the resync period an hour.
cluster 1 2 2
agent_config resyncInterval=1h
conf a.conf "$(line 10.0.1.1)" "$(line 10.0.1.2)"
agent_start
expect_count 4
for round in 1 2 3; do
  device=$(device_of "$(nqn c1-1)" 10.0.1.2:8009)
  echo 1 > "/sys/class/nvme/$device/delete_controller"
  expect_count 4 10
done
disconnect_all
expect_count 4 10
