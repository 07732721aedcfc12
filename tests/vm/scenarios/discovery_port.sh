# Discovery services on ports other than 8009, also after an event (no port is ever guessed).
cluster 1 2 1 4420
cluster 2 1 1 18009
conf a.conf "$(line 10.0.1.1 4420)" "$(line 10.0.1.2 4420)" "$(line 10.0.2.1 18009)"
agent_start
expect_count 3
subsystem "$(nqn later)"
offer "$(nqn later)" "12 21"
expect_live "$(nqn later)" 10.0.1.2:4420 10
expect_live "$(nqn later)" 10.0.2.1:18009 10
expect_count 5
