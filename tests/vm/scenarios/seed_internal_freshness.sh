# internal.json of the seed: its referrals count where discovery.d did not change after it was written, and not where it did
# (SEED_README). The only configured service is silent, so that nothing but internal.json knows the other one.
cluster 1 2 1
agent_config internalDir=$agent_dir/internal
mkdir -p "$agent_dir/internal"
conf v2 "-t tcp -a 10.0.1.1 -s 8009 -q $hostnqn -n cluster1"
swallow 10.0.1.1 8009
written() { echo "{\"entries\":[{\"Transport\":\"tcp\",\"Trsvcid\":8009,\"Traddr\":\"10.0.1.2\",\"Hostnqn\":\"$hostnqn\",\"Hostid\":\"\",\"Subsysnqn\":\"cluster1\",\"Persistent\":true,\"Hostaddr\":\"\",\"EntrySource\":\"referral\",\"CtrlLossTMO\":null}],\"creation_time\":\"$1\"}" > "$agent_dir/internal/internal.json"; }
written 2020-01-01T00:00:00Z
agent_start
expect_stays 5 live_is 0
agent_kill9
written 2099-01-01T00:00:00Z
agent_start
expect_live "$(nqn c1-1)" 10.0.1.2:8009
