# A target that is not there at first (refused connections), then comes; goes away as a whole, and comes back made anew.
# Takes 20 s
address 10.0.1.1
agent_config maxRetryInterval=2s ctrlLossTMO=5
conf a.conf "$(line 10.0.1.1)"
agent_start
sleep 3
port 11 10.0.1.1
subsystem "$(nqn c1-1)"
offer "$(nqn c1-1)" 11
expect_count 1 15
remove_targets
expect_not_live "$(nqn c1-1)" 10.0.1.1:8009 20
sleep 3
port 12 10.0.1.1
subsystem "$(nqn c1-1)"
subsystem "$(nqn c1-2)"
offer "$(nqn c1-1)" 12
offer "$(nqn c1-2)" 12
expect_count 2 40
