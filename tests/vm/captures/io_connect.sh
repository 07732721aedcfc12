# The connect of an I/O controller with one I/O queue and a namespace, and its disconnect.
. /vm/scenarios/common_capture.sh
session() {
  raw_connect "$(connect_string "$(nqn c1-1)" 10.0.1.1 8009)"
  expect_live "$(nqn c1-1)" 10.0.1.1:8009
  sleep 1
  echo 1 > /sys/class/nvme/nvme0/delete_controller
}
record io_connect session
