# Two host NQNs on one host, each allowed to see subsystems of its own on one target, in two files: each connects as itself, with
# a host id of its own, also over a restart; the kernel refuses neither.
cluster 1 1 2
one=nqn.2024-01.test:host-one
two=nqn.2024-01.test:host-two
for s in 1 2; do echo 0 > "$nvmet/subsystems/$(nqn c1-$s)/attr_allow_any_host"; done
mkdir "$nvmet/hosts/$one" "$nvmet/hosts/$two"
ln -s "$nvmet/hosts/$one" "$nvmet/subsystems/$(nqn c1-1)/allowed_hosts/$one"
ln -s "$nvmet/hosts/$two" "$nvmet/subsystems/$(nqn c1-2)/allowed_hosts/$two"
agent_config
agent_start
expect_status 0 "$agent" add-hostnqn --config "$agent_yaml" -a 10.0.1.1:8009 --name one -n cluster -q="$one"
expect_status 0 "$agent" add-hostnqn --config "$agent_yaml" -a 10.0.1.1:8009 --name two -n cluster -q="$two"
expect_count 2
[ "$(io_controllers | awk '{ print $4, $6 }' | sort)" = "$(printf '%s\n' "$(nqn c1-1) $one" "$(nqn c1-2) $two")" ] || fail "not as asked: $(io_controllers)"
[ "$(cat /sys/class/nvme/nvme*/hostid | sort -u | wc -l)" -eq 2 ] || fail "one host id for two host NQNs"
io_devices > /run/devices.before
cat /sys/class/nvme/nvme*/hostid > /run/ids.before
agent_kill9
disconnect_all
agent_start
expect_count 2
cat /sys/class/nvme/nvme*/hostid | sort > /run/ids.now
sort /run/ids.before | cmp -s - /run/ids.now || fail "other host ids after a restart"
