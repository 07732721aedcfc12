# A subsystem that the target shows to its allowed hosts only: connected as soon as this host is allowed.
cluster 1 1 1
subsystem "$(nqn private)"
echo 0 > "$nvmet/subsystems/$(nqn private)/attr_allow_any_host"
mkdir "$nvmet/hosts/$hostnqn"
offer "$(nqn private)" 11
agent_config resyncInterval=1h
conf a.conf "$(line 10.0.1.1)"
agent_start
expect_count 1
ln -s "$nvmet/hosts/$hostnqn" "$nvmet/subsystems/$(nqn private)/allowed_hosts/$hostnqn"
expect_live "$(nqn private)" 10.0.1.1:8009 10
