# What: a subsystem moves: it is nowhere for a while, then behind another portal
# Promise: it is connected where it is listed now; what the kernel still has of the old place is left to it
# Kernel: may give controllers up
# Within: 45 s
# Within in kernel: 105 s
# Short: idle
scene() {
  ip -n "c$1" addr add "10.1.$1.3/24" dev "t$1"
  ip -n "c$1" addr add "10.1.$1.103/32" dev lo
  port "$(portal_id "$1" 3)" "10.1.$1.103" 4420
  steered other "$1" portal_front "10.1.$1.3:4420=10.1.$1.103:4420"
}
begin() { host_withdraw "$1" "$(nqn "c$1-1")"; }
end() { host_offer "$1" "$(nqn "c$1-1")" 3; }
