# The host is already connected with the same host NQN and another host id than /etc/nvme's (6.12 refuses a mixture): the
# agent connects the rest with the id of the live controllers, and nothing twice.
cluster 1 2 2
other=7d4c0000-1111-4222-8333-944455556666
raw_connect "$(connect_string "$(nqn c1-1)" 10.0.1.1 8009 "$hostnqn" $other)"
expect_count 1
conf a.conf "$(line 10.0.1.1)" "$(line 10.0.1.2)"
agent_start
expect_count 4
for c in /sys/class/nvme/nvme*; do
  read -r id < "$c/hostid"
  [ "$id" = $other ] || fail "$(basename "$c") has host id $id"
done
