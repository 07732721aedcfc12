# A host name with two addresses: all are used; a new address is found when the service has gone; with no resolver at all
# the last known addresses still count.
# Takes 15 s
cluster 1 2 1
cluster 2 1 1
printf '10.0.1.1 target.test\n10.0.1.2 target.test\n' > /etc/hosts
agent_config maxRetryInterval=2s resyncInterval=3s
conf a.conf "$(line target.test)"
agent_start
expect_count 2
printf '10.0.2.1 target.test\n' > /etc/hosts
withdraw "$(nqn c1-1)" "11 12"
expect_live "$(nqn c2-1)" 10.0.2.1:8009 20
: > /etc/hosts
disconnect_all
expect_live "$(nqn c2-1)" 10.0.2.1:8009 20
