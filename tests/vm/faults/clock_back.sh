# What: the clock jumps a day back, later a day forward, and the agent starts again in between
# Promise: nothing that the agent waits for depends on the clock; what it remembers from the future counts
# During: all desired paths become live
# Kills: the agent
# Within: 30 s
# Short: log
begin() {
  date -s "@$(($(date +%s) - 86400))" > /dev/null
  agent_killed
}
end() { date -s "@$(($(date +%s) + 86400))" > /dev/null; }
