# What: the network swallows every packet of the target
# Promise: the bystander is not held up; the kernel's controllers stay and reconnect; silent portals are asked again
# Within: 45 s
# Within in kernel: 105 s
# Short: discovery
begin() { swallow_all "$1"; }
end() { heal_all "$1"; }
