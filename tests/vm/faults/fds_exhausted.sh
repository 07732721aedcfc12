# What: the agent may open no file more than it has open (RLIMIT_NOFILE), while its HTTP server is asked
# Promise: what is connected stays; the rest follows when there are descriptors; /livez answers again, and nothing spins
# Within: 30 s
# Short: kernel
# Needs: prlimit
begin() {
  local p i; p=$(agent_pid)
  prlimit --pid "$p" --nofile --output SOFT --noheadings > /run/nofile
  prlimit --pid "$p" "--nofile=$(agent_fds):"
  for i in 1 2 3 4; do (livez > /dev/null || true) & done
}
end() { local n; read -r n < /run/nofile; prlimit --pid "$(agent_pid)" "--nofile=$n:"; }
livez() { printf 'GET /livez HTTP/1.0\r\n\r\n' | socat -t 2 -T 5 - TCP:127.0.0.1:6060 2> /dev/null | grep -q '^HTTP/1.1 200'; }
after() { wait_until 10 livez || fail "/livez does not answer"; }
