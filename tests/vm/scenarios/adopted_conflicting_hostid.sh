# The same where the line itself asks for a host id that the kernel (6.12) refuses: the conflict costs only those paths; the
# adopted controller stays, other host NQNs are served, and when the conflict is gone the paths are connected.
# Takes 12 s
cluster 1 1 2
cluster 2 1 1
other=7d4c0000-1111-4222-8333-944455556666
second=nqn.2014-08.org.nvmexpress:uuid:8e5d0000-1111-4222-8333-944455557777
raw_connect "$(connect_string "$(nqn c1-1)" 10.0.1.1 8009 "$hostnqn" $other)"
agent_config maxRetryInterval=2s
conf a.conf "$(line 10.0.1.1) -I $hostid" "-t tcp -a 10.0.2.1 -s 8009 -q $second -I 8e5d0000-1111-4222-8333-944455557777"
agent_start
expect_live "$(nqn c2-1)" 10.0.2.1:8009
expect_no_duplicates
expect_stays 2 is_live "$(nqn c1-1)" 10.0.1.1:8009
echo 1 > "/sys/class/nvme/$(device_of "$(nqn c1-1)" 10.0.1.1:8009)/delete_controller"
conf a.conf "$(line 10.0.1.1) -I $hostid" "-t tcp -a 10.0.2.1 -s 8009 -q $second -I 8e5d0000-1111-4222-8333-944455557777" "# touched"
expect_count 3 20
