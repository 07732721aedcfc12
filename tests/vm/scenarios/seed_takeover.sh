# The seed's directory as it leaves it (its YAML, discovery.d, internal.json), with its controllers live: the agent takes all
# over without a flag. Nothing is disconnected or connected twice, what was missing is added, the seed's files stay as they are.
cluster 1 2 2
referral 11 second 10.0.1.2
referral 12 first 10.0.1.1
mkdir -p "$agent_dir/internal"
cat > "$agent_yaml" <<YAML
cores: [0]
clientConfigDir: $conf_dir/
internalDir: $agent_dir/internal/
reconnectInterval: 5s
logPagePaginationEnabled: false
maxIOQueues: 1
logging:
  filename: "$agent_log"
  maxAge: 96h
  maxSize: 100
  level: info
  reportCaller: true
debug:
  metrics: true
  enablepprof: true
  endpoint: 0.0.0.0:6060
autoDetectEntries:
  enabled: true
  filename: detected-io-controllers
  discoveryServicePort: 8009
YAML
conf v2 "-t tcp -a 10.0.1.1 -s 8009 -q $hostnqn -n $(nqn c1-1)"
cp "$conf_dir/v2" /run/v2.before
seed_entry() { echo "{\"Transport\":\"tcp\",\"Trsvcid\":8009,\"Traddr\":\"$1\",\"Hostnqn\":\"$hostnqn\",\"Hostid\":\"$2\",\"Subsysnqn\":\"$(nqn c1-1)\",\"Persistent\":true,\"Hostaddr\":\"\",\"EntrySource\":\"$3\",\"CtrlLossTMO\":null}"; }
sleep 1
echo "{\"entries\":[$(seed_entry 10.0.1.1 "" user),$(seed_entry 10.0.1.2 "" referral)],\"creation_time\":\"$(date -u +%Y-%m-%dT%H:%M:%S).123456789Z\"}" > "$agent_dir/internal/internal.json"
raw_connect "$(connect_string "$(nqn c1-1)" 10.0.1.1 8009)"
raw_connect "$(connect_string "$(nqn c1-1)" 10.0.1.2 8009)"
raw_connect "$(connect_string "$(nqn c1-2)" 10.0.1.1 8009)"
expect_count 3
io_devices > /run/devices.before
DC_KATO=6 "$agent" serve >> /run/agent.out 2>&1 < /dev/null &
echo $! > /run/agent.pid
expect_count 4
added=$(device_of "$(nqn c1-2)" 10.0.1.2:8009)
[ "$(cat "/sys/class/nvme/$added/kato")" = 6 ] || fail "DC_KATO without --config: kato is $(cat "/sys/class/nvme/$added/kato")"
while read -r device rest; do [ "$(device_of ${rest% *} "${rest#* }")" = "$device" ] || fail "$device was not kept"; done < /run/devices.before
cmp -s "$conf_dir/v2" /run/v2.before || fail "discovery.d was changed"
[ "$(ls "$conf_dir")" = v2 ] || fail "discovery.d has more files now: $(ls "$conf_dir")"
grep -q '^Cpus_allowed_list:.0$' "/proc/$(agent_pid)/status" || fail "cores: $(grep Cpus_allowed_list "/proc/$(agent_pid)/status")"
io_devices > /run/devices.before
agent_kill9
"$agent" serve >> /run/agent.out 2>&1 < /dev/null &
echo $! > /run/agent.pid
expect_stays 5 live_is 4
expect_same_devices /run/devices.before
expect_no_duplicates
