# `status --without` says by its exit status whether a portal may go (0) or takes some last path with it (2); `why` names the line
# that wants a path and what the kernel answered, with the agent and without it; `report` is written on a real host.
ends_with() { local want=$1 got=0; shift; "$@" > /run/command.out 2>&1 || got=$?; [ "$got" -eq "$want" ]; }
ask() { local command=$1; shift; "$agent" "$command" "$@" --config "$agent_yaml"; }
said() { grep -qF -- "$1" /run/command.out || { cat /run/command.out; fail "the answer does not say '$1'"; }; }
cluster 1 2 2
conf a.conf "$(line 10.0.1.1)" "$(line 10.0.1.2)"
agent_start
expect_count 4
wait_until 10 ends_with 0 ask status || fail "status does not say that all is well"
expect_status 0 ask status --without 10.0.1.1
expect_status 0 ask status --without 10.0.1.2:8009
expect_status 2 ask status --without 10.0.1.1 --without 10.0.1.2
expect_status 1 ask status --without 10.9.9.9
expect_status 0 ask why "$(nqn c1-1)"
expect_status 0 ask why "/dev/$(device_of "$(nqn c1-1)" 10.0.1.2:8009)" -o text
said "a.conf:2:1"

withdraw "$(nqn c1-1)" 12
withdraw "$(nqn c1-2)" 12
expect_not_live "$(nqn c1-1)" 10.0.1.2:8009
expect_not_live "$(nqn c1-2)" 10.0.1.2:8009
wait_until 10 ends_with 2 ask status --without 10.0.1.1 || fail "10.0.1.1 carries the last paths, and may not go"
expect_status 0 ask status --without 10.0.1.2
wait_until 10 ends_with 2 ask why "$(nqn c1-2)" -o text || fail "why does not say that a path is missing"
said "a.conf:2:1"
said "nqn.2024-01.test:c1-2 at 10.0.1.2:8009"
wait_until 20 ends_with 2 ask why 10.0.1.2:8009 -o text || fail "why of the portal that is gone"
expect_status 0 ask why 10.0.1.1 -o text
expect_status 1 ask why nqn.2024-01.test:c1-3
said "did you mean nqn.2024-01.test:c1-"
expect_status 0 ask report -o /run/report.tar.gz
[ -s /run/report.tar.gz ] || fail "the report is empty"

agent_stop
expect_status 2 ask why "$(nqn c1-2)" -o text
said "No agent answers"
said "a.conf:"
expect_status 0 ask report -o /run/report.tar.gz
