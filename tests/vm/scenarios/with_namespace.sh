# Subsystems with namespaces on two portals: the block device is there and readable through native multipath.
address 10.0.1.1 10.0.1.2
port 11 10.0.1.1
port 12 10.0.1.2
subsystem "$(nqn disk)" namespace
offer "$(nqn disk)" "11 12"
conf a.conf "$(line 10.0.1.1)" "$(line 10.0.1.2)"
agent_start
expect_count 2
disk() { ls -d /sys/class/nvme-subsystem/*/nvme*n1 2>/dev/null | grep -v 'c[0-9]*n' | head -n 1; }
wait_until 10 disk || true
device=/dev/$(basename "$(disk)")
[ -b "$device" ] || fail "no block device ($device)"
dd if="$device" of=/dev/null bs=64k count=4 2> /dev/null || fail "$device cannot be read"
