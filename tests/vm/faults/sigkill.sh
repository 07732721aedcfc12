# What: the agent is killed (SIGKILL), and killed again when it is back
# Promise: the next one adopts what is there; nothing is connected twice, no controller changes
# Within: 30 s
# Kills: the agent
begin() { agent_killed; }
end() { agent_killed; }
