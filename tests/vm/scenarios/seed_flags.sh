# Flags that the seed's commands took and ignored do what they say: connect -w goes from that address, connect-all -m, -k and
# --ctrl-loss-tmo arrive in the kernel, -p goes on connecting what gets listed until it is interrupted, and disconnects nothing.
cluster 1 1 1
address 10.0.1.9
agent_config maxIOQueues=0
attribute() { cat "/sys/class/nvme/$(device_of "$1" 10.0.1.1:8009)/$2"; }
expect_attribute() { [ "$(attribute "$1" "$2")" = "$3" ] || fail "$2 of $1 is $(attribute "$1" "$2"), not $3"; }
expect_status 0 "$agent" connect --config "$agent_yaml" -a 10.0.1.1 -s 8009 -n "$(nqn c1-1)" -q "$hostnqn" -I "$hostid" -w 10.0.1.9
expect_count 1
attribute "$(nqn c1-1)" address | grep -q "host_traddr=10.0.1.9" || fail "connect -w: $(attribute "$(nqn c1-1)" address)"
expect_attribute "$(nqn c1-1)" ctrl_loss_tmo off
expect_status 0 "$agent" disconnect-all --config "$agent_yaml"
"$agent" connect-all --config "$agent_yaml" -a 10.0.1.1 -q "$hostnqn" -I "$hostid" -w 10.0.1.9 -m 1 -k 7 --ctrl-loss-tmo 900 -p > /run/connect-all.out 2>&1 &
following=$!
expect_count 1
subsystem "$(nqn c1-2)"
offer "$(nqn c1-2)" 11
expect_count 2
for n in c1-1 c1-2; do
  expect_attribute "$(nqn $n)" queue_count 2
  expect_attribute "$(nqn $n)" kato 7
  expect_attribute "$(nqn $n)" ctrl_loss_tmo 900
  attribute "$(nqn $n)" address | grep -q "host_traddr=10.0.1.9" || fail "connect-all -w: $(attribute "$(nqn $n)" address)"
done
kill -INT $following
status=0; wait $following || status=$?
[ $status -eq 0 ] || { cat /run/connect-all.out; fail "connect-all -p ended with $status"; }
[ "$(grep -c '"Instance"' /run/connect-all.out)" -eq 2 ] || { cat /run/connect-all.out; fail "not both were printed"; }
expect_count 2
