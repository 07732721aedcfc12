# Both directories were deleted while controllers of two clusters are live, one of them over IPv6 and one with a host NQN of its
# own: the agent finds the discovery services from the controllers, writes the file, and brings back what is missing. With a
# file in discovery.d, or one in internalDir, it does nothing. On a read-only directory the file goes to internalDir.
cluster 1 2 1
address fd00::2:1
port 21 fd00::2:1
subsystem "$(nqn c2-1)"; subsystem "$(nqn c2-2)"
offer "$(nqn c2-1)" 21; offer "$(nqn c2-2)" 21
other=nqn.2014-08.org.nvmexpress:uuid:0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0002
other_id=0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0002
raw_connect "$(connect_string "$(nqn c1-1)" 10.0.1.1 8009)"
raw_connect "$(connect_string "$(nqn c1-1)" 10.0.1.2 8009)"
raw_connect "$(connect_string "$(nqn c2-1)" fd00::2:1 8009 "$other" "$other_id")"
expect_count 3
agent_config
rm -rf "$conf_dir" "$agent_dir/internal"
agent_start
expect_live "$(nqn c2-2)" fd00::2:1:8009
expect_count 4
found=$conf_dir/detected-io-controllers
grep -v '^#' "$found" | sort > /run/found
printf '%s\n' "-t tcp -a 10.0.1.1 -s 8009 -q $hostnqn -I $hostid -n $(nqn c1-1)" "-t tcp -a 10.0.1.2 -s 8009 -q $hostnqn -I $hostid -n $(nqn c1-1)" \
  "-t tcp -a fd00::2:1 -s 8009 -q $other -I $other_id -n $(nqn c2-1)" | sort > /run/wanted
cmp -s /run/found /run/wanted || { cat /run/found; fail "not the file that was expected"; }
agent_stop
rm -rf "$conf_dir"/* "$agent_dir/internal"
conf mine "# nothing yet"
agent_start
expect_stays 3 test ! -e "$found"
expect_agent_running
agent_stop
rm -rf "$conf_dir" "$agent_dir/internal"
mkdir -p "$conf_dir" /run/empty
mount -o bind /run/empty "$conf_dir"; mount -o remount,bind,ro "$conf_dir"
touch "$conf_dir/x" 2> /dev/null && fail "the mount can be written"
device=$(device_of "$(nqn c2-2)" fd00::2:1:8009)
echo 1 > "/sys/class/nvme/$device/delete_controller"
expect_count 3
agent_start
expect_live "$(nqn c2-2)" fd00::2:1:8009
[ -s "$agent_dir/internal/detected-io-controllers" ] || fail "nothing in internalDir: $(ls "$agent_dir/internal")"
agent_kill9
echo 1 > "/sys/class/nvme/$(device_of "$(nqn c2-2)" fd00::2:1:8009)/delete_controller"
agent_start
expect_live "$(nqn c2-2)" fd00::2:1:8009
