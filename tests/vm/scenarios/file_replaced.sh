# A file replaced by another through rename: the new one's endpoints are used, the old one's controllers are not disconnected.
cluster 1 1 1
cluster 2 1 1
conf a.conf "$(line 10.0.1.1)"
agent_start
expect_live "$(nqn c1-1)" 10.0.1.1:8009
conf a.conf "$(line 10.0.2.1)"
expect_live "$(nqn c2-1)" 10.0.2.1:8009 10
expect_stays 2 live_is 2
expect_count 2
