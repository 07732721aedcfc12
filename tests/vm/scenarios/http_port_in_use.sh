# The HTTP port is taken by somebody else: serve ends with an error instead of running half.
cluster 1 1 1
conf a.conf "$(line 10.0.1.1)"
agent_config
nc -ll -p 6060 -e true &
wait_until 5 listening '' 6060 || { echo "nc does not listen"; exit 1; }
status=0; timeout 5 "$agent" serve --config "$agent_yaml" > /run/taken.out 2>&1 || status=$?
case $status in 0|124|143) fail "serve ran although its port is taken (status $status)";; esac
