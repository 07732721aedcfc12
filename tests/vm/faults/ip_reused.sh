# What: the address of the second portal belongs to another cluster now, then again to the first
# Promise: what the other cluster lists is connected, since a configured service lists it; nothing of it is taken for the first cluster's
# Kernel: may give controllers up
# Within: 60 s
# Within in kernel: 120 s
# Short: log
scene() { target_host 3 1 1; }
begin() {
  ip -n "c$1" addr del "10.1.$1.2/24" dev "t$1"
  ip -n c3 addr add "10.1.$1.2/32" dev t3
  ip route add "10.1.$1.2/32" dev h3
  steered other 3 portal_front "10.1.$1.2:8009=10.1.3.101:8009" "10.1.$1.2:4420=10.1.3.101:4420"
}
during() { expect_live "$(nqn c3-1)" 10.1.3.1:4420 30; }
end() {
  killed other.3
  ip route del "10.1.$1.2/32" dev h3
  ip -n c3 addr del "10.1.$1.2/32" dev t3
  ip -n "c$1" addr add "10.1.$1.2/24" dev "t$1"
}
after() { is_live "$(nqn c3-1)" 10.1.3.1:4420 || fail "the other cluster's path was disconnected"; }
