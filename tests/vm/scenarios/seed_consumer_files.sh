# add-hostnqn makes a running agent connect, remove-hostnqn disconnects nothing and leaves the rest; list ctrl shows all with the
# seed's members and marks what no service lists any more. Names that lead out of the directory change nothing (B34).
cluster 1 2 2
cluster 2 1 1
agent_config resyncInterval=2s
agent_start
expect_status 0 "$agent" add-hostnqn --config "$agent_yaml" -a 10.0.1.1:8009,10.0.1.2:8009 --name v1 -n cluster1 -q="$hostnqn"
expect_status 0 "$agent" add-hostnqn --config "$agent_yaml" -a 10.0.2.1:8009 --name v2 -n cluster2 -q="$hostnqn"
expect_count 5
expect_status 1 "$agent" remove-hostnqn --config "$agent_yaml" --name ""
expect_status 1 "$agent" remove-hostnqn --config "$agent_yaml" --name ../discovery-client.yaml
[ "$(ls "$conf_dir" | tr '\n' ' ')" = "v1 v2 " ] || fail "discovery.d: $(ls "$conf_dir")"
[ -s "$agent_yaml" ] || fail "the settings are gone"
io_devices > /run/devices.before
expect_status 0 "$agent" remove-hostnqn --config "$agent_yaml" --name v2
stale() { "$agent" list ctrl --config "$agent_yaml" > /run/list && awk -v d="\"/dev/$1\"" 'index($0, d) { seen = 1 } seen && /Stale/ { found = 1 } /}/ { seen = 0 } END { exit !found }' /run/list; }
device=$(device_of "$(nqn c1-1)" 10.0.1.1:8009)
withdraw "$(nqn c1-1)" 11
wait_until 20 stale "$device" || { cat /run/list; fail "$device is not marked in list ctrl"; }
[ "$(grep -c '"Traddr"' /run/list)" -eq 5 ] || { cat /run/list; fail "not five controllers in list ctrl"; }
expect_same_devices /run/devices.before
