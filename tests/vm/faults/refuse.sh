# What: the portals refuse connections; what was open is reset
# Promise: the kernel's controllers stay and reconnect; the agent tries again with growing pauses
# Within: 30 s
# Within in kernel: 90 s
# Short: idle
begin() { front "$1" refuse; }
end() { front "$1" accept; }
