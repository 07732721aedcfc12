# A chain of referrals, each portal naming only the next one: all of it is found from the first.
address 10.0.1.1 10.0.1.2 10.0.1.3 10.0.1.4 10.0.1.5
for i in 1 2 3 4 5; do
  port 1$i 10.0.1.$i
  subsystem "$(nqn chain-$i)"
  offer "$(nqn chain-$i)" 1$i
  [ $i -eq 5 ] || referral 1$i next 10.0.1.$((i + 1))
done
conf a.conf "$(line 10.0.1.1)"
agent_start
expect_count 5
