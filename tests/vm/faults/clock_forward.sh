# What: the clock jumps a day forward, later a day back
# Promise: nothing that the agent waits for depends on the clock
# During: all desired paths become live
# Within: 30 s
# Short: kernel
begin() { date -s "@$(($(date +%s) + 86400))" > /dev/null; }
end() { date -s "@$(($(date +%s) - 86400))" > /dev/null; }
