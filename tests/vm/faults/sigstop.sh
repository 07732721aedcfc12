# What: the agent stands still (SIGSTOP)
# Promise: the kernel's controllers don't notice; afterwards it goes on with what it missed
# Within: 30 s
# Short: idle
# Hold: 60 s, short 8 s
begin() { kill -STOP "$(agent_pid)"; }
end() { kill -CONT "$(agent_pid)"; }
