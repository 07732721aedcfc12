# What: where internalDir should be is something that can't be opened as a folder, and the agent starts again
# Promise: it connects all the same, and says so; later it starts to remember
# During: all desired paths become live
# Kills: the agent
# Within: 30 s
# Short: kernel
begin() { mv "$agent_dir/internal" /run/internal.gone; : > "$agent_dir/internal"; agent_killed; }
end() { rm "$agent_dir/internal"; mv /run/internal.gone "$agent_dir/internal"; }
