# Controllers that somebody deletes by hand come back within seconds, all of them, with the resync period an hour.
cluster 1 2 2
agent_config resyncInterval=1h
conf a.conf "$(line 10.0.1.1)" "$(line 10.0.1.2)"
agent_start
expect_count 4
for path in "c1-1 10.0.1.2:8009" "c1-2 10.0.1.1:8009" "c1-1 10.0.1.1:8009" "c1-1 10.0.1.2:8009"; do
  device=$(device_of "$(nqn "${path% *}")" "${path#* }")
  echo 1 > "/sys/class/nvme/$device/delete_controller"
  expect_count 4 10
done
disconnect_all
expect_count 4 10
