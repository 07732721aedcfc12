# The host is already connected by hand with the same identity: the agent takes these controllers as they are, adds only what
# is missing, and brings them back when they go.
cluster 1 2 3
raw_connect "$(connect_string "$(nqn c1-1)" 10.0.1.1 8009)"
raw_connect "$(connect_string "$(nqn c1-2)" 10.0.1.2 8009)"
expect_count 2
io_devices > /run/devices.before
conf a.conf "$(line 10.0.1.1) -I $hostid" "$(line 10.0.1.2)"
agent_start
expect_count 6
while read -r device rest; do [ "$(device_of ${rest% *} "${rest#* }")" = "$device" ] || fail "$device was not kept"; done < /run/devices.before
device=$(device_of "$(nqn c1-1)" 10.0.1.1:8009)
echo 1 > "/sys/class/nvme/$device/delete_controller"
expect_count 6
