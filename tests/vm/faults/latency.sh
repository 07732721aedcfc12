# What: 200 ms more for every round trip
# Promise: all works on, also new paths; nothing is disconnected
# During: all desired paths become live
# Within: 30 s
# Short: discovery
begin() { netem "$1" delay 100ms; }
end() { no_netem "$1"; }
