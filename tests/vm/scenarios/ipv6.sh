# IPv6: a portal found through an address written in another spelling, a link-local one with a zone, and an I/O path each.
address fd00::1:1 fd00::1:2
port 61 fd00::1:1
port 62 fd00::1:2
subsystem "$(nqn six)"
offer "$(nqn six)" "61 62"
conf a.conf "-t tcp -a fd00:0:0::1:1 -s 8009 -q $hostnqn" "-t tcp -a fd00::0001:2 -s 8009 -q $hostnqn" "-t tcp -a FD00::1:2 -s 8009 -q $hostnqn"
agent_start
expect_live "$(nqn six)" fd00::1:1:8009
expect_live "$(nqn six)" fd00::1:2:8009
expect_stays 2 live_is 2
expect_count 2
