# A link-local address with its zone.
ip -6 addr add fe80::77/64 dev dummy0 nodad
port 61 fe80::77%dummy0
subsystem "$(nqn local)"
offer "$(nqn local)" 61
conf a.conf "-t tcp -a fe80::77%dummy0 -s 8009 -q $hostnqn"
agent_start
expect_count 1
io_controllers | grep -q ' fe80::77%dummy0:8009 ' || fail "the zone was lost: $(io_controllers)"
