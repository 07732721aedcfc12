# 32 subsystems on two portals: 64 paths live after a cold start, once each.
# Takes 8 s
cluster 1 2 32
conf a.conf "$(line 10.0.1.1)" "$(line 10.0.1.2)"
agent_start
expect_count 64 40
