# An I/O portal swallows everything for 10 s while its discovery service still answers: its controllers come back without
# any event from the target, and nothing is connected twice meanwhile.
# Takes 25 s
cluster 1 1 2 4420
cluster 2 1 1
relay 10.0.3.1 8009 10.0.1.1 4420
agent_config kato=2 resyncInterval=1h maxRetryInterval=3s
conf a.conf "$(line 10.0.3.1)" "$(line 10.0.2.1)"
agent_start
expect_count 3
swallow 10.0.1.1 4420 $relay_source
expect_not_live "$(nqn c1-1)" 10.0.1.1:4420
expect_not_live "$(nqn c1-2)" 10.0.1.1:4420
sleep 10
expect_no_duplicates
heal 10.0.1.1 4420
expect_count 3 40
