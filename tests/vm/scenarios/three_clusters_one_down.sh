# Three clusters at once, one of them swallowing everything: the two others are live as if it were not there; it is live soon
# after it has come back, without any event from it.
# Takes 12 s
cluster 1 2 4
cluster 2 2 4
black_hole
agent_config maxRetryInterval=3s
conf a.conf "$(line 10.99.0.1)" "$(line 10.99.0.2)" "$(line 10.0.1.1)" "$(line 10.0.1.2)" "$(line 10.0.2.1)" "$(line 10.0.2.2)"
agent_start
expect_count 16 15
address 10.99.0.1
port 91 10.99.0.1
subsystem "$(nqn c9-1)"
offer "$(nqn c9-1)" 91
expect_live "$(nqn c9-1)" 10.99.0.1:8009 20
expect_count 17
