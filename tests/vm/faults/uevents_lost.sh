# What: the kernel's events overrun the agent's socket, and a controller is deleted by hand meanwhile
# Promise: an overrun means "look at everything"; the path is connected again
# Kernel: may give controllers up
# Within: 30 s
# Short: idle
lost_uevents() { awk '$2 == 15 { n += $9 } END { print n + 0 }' /proc/net/netlink; }
begin() {
  local i=0 before device event
  event="change 00000000-0000-0000-0000-000000000000 A=$(printf '%01500d' 0)"      # fills the buffer sooner than a bare one
  before=$(lost_uevents)
  kill -STOP "$(agent_pid)"
  while [ $i -lt 400 ] && [ "$(lost_uevents)" -eq "$before" ]; do
    i=$((i + 1))
    for _ in 1 2 3 4 5 6 7 8 9 10; do for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo "$event" > /sys/class/net/lo/uevent; done; done
  done
  [ "$(lost_uevents)" -gt "$before" ] || fail "$((i * 200)) events and none is lost"
  device=$(device_of "$(nqn "c$1-1")" "10.1.$1.1:4420")
  [ -z "$device" ] || echo 1 > "/sys/class/nvme/$device/delete_controller"
  kill -CONT "$(agent_pid)"
}
