# A referral that is taken away: nothing is disconnected, but what only the referred service listed is not brought back any
# more; what the configured one lists is. A referral that returns counts again.
# Takes 12 s
cluster 1 1 1
cluster 2 1 1
referral 11 to2 10.0.2.1
agent_config resyncInterval=1h
conf a.conf "$(line 10.0.1.1)"
agent_start
expect_count 2
referral_remove 11 to2
expect_stays 3 live_is 2
disconnect_all
expect_live "$(nqn c1-1)" 10.0.1.1:8009 10
expect_stays 3 live_is 1
referral 11 again 10.0.2.1
expect_live "$(nqn c2-1)" 10.0.2.1:8009 10
expect_count 2
