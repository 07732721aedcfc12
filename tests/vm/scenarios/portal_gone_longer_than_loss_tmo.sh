# The same for longer than ctrl_loss_tmo (set low): the kernel gives the controllers up; once the portal answers again they
# are connected again, with the resync period an hour and no event from the target.
# Takes 45 s
cluster 1 1 2 4420
cluster 2 1 1
relay 10.0.3.1 8009 10.0.1.1 4420
agent_config kato=2 ctrlLossTMO=5 resyncInterval=1h maxRetryInterval=3s
conf a.conf "$(line 10.0.3.1)" "$(line 10.0.2.1)"
agent_start
expect_count 3
swallow 10.0.1.1 4420 $relay_source
expect_absent "$(nqn c1-1)" 10.0.1.1:4420 60
expect_absent "$(nqn c1-2)" 10.0.1.1:4420 60
expect_live "$(nqn c2-1)" 10.0.2.1:8009
heal 10.0.1.1 4420
expect_count 3 40
expect_agent_running
