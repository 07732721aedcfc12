# 64 subsystems on two portals: 128 paths live after a cold start, once each, and no more come later.
# Takes 15 s
cluster 1 2 64
conf a.conf "$(line 10.0.1.1)" "$(line 10.0.1.2)"
agent_start
expect_count 128 60
expect_stays 2 live_is 128
