# What: 5 % of all packets are lost, in both directions
# Promise: all works on, also new paths
# During: all desired paths become live
# Within: 30 s
# Short: log
begin() { netem "$1" loss 5%; }
end() { no_netem "$1"; }
