# What: internalDir can't be written to, and the agent starts again
# Promise: it connects all the same; what it wanted to remember is written when that works again
# During: all desired paths become live
# Kills: the agent
# Within: 30 s
# Short: discovery
scene() { mkdir -p "$agent_dir/internal"; mount -t tmpfs none "$agent_dir/internal"; }
begin() { mount -o remount,ro none "$agent_dir/internal"; agent_killed; }
end() { mount -o remount,rw none "$agent_dir/internal"; }
