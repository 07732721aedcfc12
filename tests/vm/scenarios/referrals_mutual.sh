# Two portals that refer to each other (and one to itself and into the void), one of them configured: both are used, each
# path once, and the events of the referred one are heard.
cluster 1 2 2
black_hole
referral 11 to2 10.0.1.2
referral 12 to1 10.0.1.1
referral 11 self 10.0.1.1
referral 12 void 10.99.0.9
agent_config resyncInterval=1h
conf a.conf "$(line 10.0.1.1)"
agent_start
expect_count 4
for round in 1 2 3; do
  subsystem "$(nqn "later-$round")"
  offer "$(nqn "later-$round")" 12
  expect_live "$(nqn "later-$round")" 10.0.1.2:8009 10
done
expect_stays 2 live_is 7
expect_count 7
