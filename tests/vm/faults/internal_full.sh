# What: internalDir is full, and the agent starts again
# Promise: it connects all the same; what it wanted to remember is written when there is room
# During: all desired paths become live
# Within: 30 s
# Short: log
# Kills: the agent
scene() { mkdir -p "$agent_dir/internal"; mount -t tmpfs -o size=256k none "$agent_dir/internal"; }
begin() {
  dd if=/dev/zero of="$agent_dir/internal/filler" bs=4k 2> /dev/null || true
  agent_killed
}
end() { rm "$agent_dir/internal/filler"; }
