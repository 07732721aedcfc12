# Lines without -q and -I take the identity of /etc/nvme. Where the host has none, one is made once and kept over restarts.
printf '%s\n' "$hostnqn" > /etc/nvme/hostnqn
cluster 1 1 1
conf a.conf "-t tcp -a 10.0.1.1 -s 8009"
agent_start
expect_count 1
[ "$(io_controllers | awk '{ print $6 }')" = "$hostnqn" ] || fail "not the host's NQN: $(io_controllers)"
[ "$(cat /sys/class/nvme/nvme*/hostid)" = "$hostid" ] || fail "not the host's id"
agent_stop
disconnect_all
rm -f /etc/nvme/hostnqn /etc/nvme/hostid
rm -rf "$agent_dir/internal"
agent_start
expect_count 1
made=$(io_controllers | awk '{ print $6 }')
case $made in nqn.2014-08.org.nvmexpress:uuid:????????-????-4???-????-????????????) ;; *) fail "not a fresh UUIDv4 NQN: $made";; esac
[ "$made" != "$hostnqn" ] || fail "the identity that was removed is still in use"
[ "$(cat /etc/nvme/hostnqn)" = "$made" ] || fail "/etc/nvme/hostnqn is not what was used"
agent_stop
disconnect_all
agent_start
expect_count 1
[ "$(io_controllers | awk '{ print $6 }')" = "$made" ] || fail "another identity after a restart"
