# One subsystem on two portals: both paths live after a cold start, once each.
cluster 1 2 1
conf a.conf "$(line 10.0.1.1)" "$(line 10.0.1.2)"
agent_start
expect_live "$(nqn c1-1)" 10.0.1.1:8009
expect_live "$(nqn c1-1)" 10.0.1.2:8009
expect_stays 2 live_is 2
expect_count 2
