# maxIOQueues, kato and ctrlLossTMO, from the file, the environment and a flag of serve, arrive in the kernel; -l of a line goes
# before the setting for what that line's service lists, and for nothing else. kato 0 is the kernel's default, as the seed had it.
cluster 1 1 1
cluster 2 1 1
agent_config maxIOQueues=1 kato=7 ctrlLossTMO=1200
conf a.conf "$(line 10.0.1.1) -n one" "$(line 10.0.2.1) -n two -l 300"
agent_start
expect_count 2
attribute() { cat "/sys/class/nvme/$(device_of "$1" "$2")/$3"; }
expect_attribute() { [ "$(attribute "$1" "$2" "$3")" = "$4" ] || fail "$3 of $1 is $(attribute "$1" "$2" "$3"), not $4"; }
expect_attribute "$(nqn c1-1)" 10.0.1.1:8009 kato 7
expect_attribute "$(nqn c1-1)" 10.0.1.1:8009 ctrl_loss_tmo 1200
expect_attribute "$(nqn c1-1)" 10.0.1.1:8009 queue_count 2
expect_attribute "$(nqn c2-1)" 10.0.2.1:8009 ctrl_loss_tmo 300
expect_attribute "$(nqn c2-1)" 10.0.2.1:8009 kato 7
agent_stop
disconnect_all
DC_KATO=8 DC_CTRLLOSSTMO=-1 "$agent" serve --config "$agent_yaml" --kato 9 >> /run/agent.out 2>&1 < /dev/null &
echo $! > /run/agent.pid
expect_count 2
expect_attribute "$(nqn c1-1)" 10.0.1.1:8009 kato 9
expect_attribute "$(nqn c1-1)" 10.0.1.1:8009 ctrl_loss_tmo off
agent_stop
disconnect_all
DC_KATO=8 "$agent" serve --config "$agent_yaml" --kato 0 >> /run/agent.out 2>&1 < /dev/null &
echo $! > /run/agent.pid
expect_count 2
expect_attribute "$(nqn c1-1)" 10.0.1.1:8009 kato 5
