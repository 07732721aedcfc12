# A discovery service with an NQN of its own (where the kernel's target can have one): found and heard through the well-known
# NQN all the same.
cluster 1 1 1
[ ! -e "$nvmet/discovery_nqn" ] || printf nqn.2024-01.test:discovery > "$nvmet/discovery_nqn"
agent_config resyncInterval=1h
conf a.conf "$(line 10.0.1.1)"
agent_start
expect_count 1
for round in 1 2; do
  subsystem "$(nqn "later-$round")"
  offer "$(nqn "later-$round")" 11
  expect_live "$(nqn "later-$round")" 10.0.1.1:8009 10
done
expect_count 3
