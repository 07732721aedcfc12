# What: the agent's control group allows less memory than it needs: it is killed for that, and killed again at every start
# Promise: as after SIGKILL: the first one that lives adopts what is there; nothing is connected twice
# Kills: the agent
# Within: 30 s
# Short: discovery
scene() {
  mkdir -p /sys/fs/cgroup; mount | grep -q ' /sys/fs/cgroup ' || mount -t cgroup2 none /sys/fs/cgroup
  echo +memory > /sys/fs/cgroup/cgroup.subtree_control
  mkdir -p /sys/fs/cgroup/agent
  echo max > /sys/fs/cgroup/agent/memory.max
  printf 'echo $$ > /sys/fs/cgroup/agent/cgroup.procs\nexec "$@"\n' > /run/in_group
  agent_wrapper="sh /run/in_group"
}
begin() { echo 512K > /sys/fs/cgroup/agent/memory.max; }
end() {
  local kills; kills=$(awk '$1 == "oom_kill" { print $2 }' /sys/fs/cgroup/agent/memory.events)
  [ "$kills" -ge 2 ] || fail "the limit killed $kills times only"
  echo max > /sys/fs/cgroup/agent/memory.max
}
