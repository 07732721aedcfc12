# Secrets of the settings, of a line and of a command line stand in no log, no /status, no error message and no process list; the
# kernel gets them (it refuses damaged ones, so the connects fail).
cluster 1 1 1
good=DHHC-1:00:ia6zGodOr4SEG0Zzaw398rpY0wqipUWj4jWjUh4HWUz6aQ2n:
in_line=DHHC-1:00:bGluZXNlY3JldGxpbmVzZWNyZXRsaW5lc2VjcmV0bGlu:
typed=DHHC-1:00:dHlwZWR0eXBlZHR5cGVkdHlwZWR0eXBlZHR5cGVkdHlwZW:
agent_config "dhChapSecret=\"$good\""
conf a.conf "$(line 10.0.1.1) -n one --dhchap-secret=$in_line"
agent_start
wait_until 10 grep -qs c1-1 "$agent_log" || fail "the agent did not get there"
# A device that nobody answers keeps the command where it is while we look at it.
mkfifo /run/fifo
cp "$agent_yaml" /run/fifo.yaml
echo "fabricsDevice: /run/fifo" >> /run/fifo.yaml
"$agent" connect --config /run/fifo.yaml -a 10.0.1.1 -s 8009 -n "$(nqn c1-1)" -S "$typed" > /run/connect.out 2>&1 &
connecting=$!
sleep 1
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' > /run/cmdlines
kill $connecting || { cat /run/connect.out; fail "the connect did not wait"; }
grep -q '^connect$' /run/cmdlines || fail "the connect is not in the process list"
expect_status 1 "$agent" connect --config "$agent_yaml" -a 10.0.1.1 -s 8009 -n "$(nqn c1-1)" -S "$typed"
cat /run/command.out >> /run/connect.out
"$agent" status --config "$agent_yaml" -o json > /run/status.json || true
"$agent" status --config "$agent_yaml" -o table > /run/status.txt || true
[ -s /run/status.json ] || fail "no status"
for secret in "${good#DHHC-1:00:}" "${in_line#DHHC-1:00:}" "${typed#DHHC-1:00:}"; do
  for file in "$agent_log" /run/agent.out /run/status.json /run/status.txt /run/cmdlines /run/connect.out "$agent_dir/internal/internal.json"; do
    [ ! -e "$file" ] || ! grep -q "$secret" "$file" || fail "a secret stands in $file"
  done
done
