# A target whose portals list only themselves and give no referrals: every configured endpoint stays in use, events of each
# are heard, in turns.
cluster 1 3 1
agent_config resyncInterval=1h
conf a.conf "$(line 10.0.1.1) -n nqn.2024-01.test:group" "$(line 10.0.1.2) -n nqn.2024-01.test:group" "$(line 10.0.1.3) -n nqn.2024-01.test:group"
agent_start
expect_count 3
for id in 11 12 13 11 12 13; do
  round=$((${round:-0} + 1))
  subsystem "$(nqn "later-$round")"
  offer "$(nqn "later-$round")" $id
  expect_live "$(nqn "later-$round")" "10.0.1.$((id - 10)):8009" 10
done
expect_count 9
