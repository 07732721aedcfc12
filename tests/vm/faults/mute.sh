# What: the portals accept connections and say nothing
# Promise: time-outs end the wait; the portal goes last, so that it holds up nobody
# Within: 45 s
# Within in kernel: 105 s
# Short: kernel
begin() { front "$1" mute; }
end() { front "$1" speak; }
