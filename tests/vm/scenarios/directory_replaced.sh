# discovery.d does not exist at first: the agent makes it. It is removed as a whole and made anew, then exchanged for another
# by rename: what is in it counts, every time.
cluster 1 1 1
cluster 2 1 1
cluster 3 1 1
agent_config
rm -r "$conf_dir"
agent_start
there() { [ -d "$conf_dir" ]; }
wait_until 10 there || fail "the directory was not made"
conf a.conf "$(line 10.0.1.1)"
expect_live "$(nqn c1-1)" 10.0.1.1:8009
rm -r "$conf_dir"
sleep 0.5
mkdir -p "$conf_dir"
line 10.0.2.1 > "$conf_dir/b.conf"
expect_live "$(nqn c2-1)" 10.0.2.1:8009
mkdir "$agent_dir/next"
line 10.0.3.1 > "$agent_dir/next/c.conf"
mv "$conf_dir" "$agent_dir/old"
mv "$agent_dir/next" "$conf_dir"
expect_live "$(nqn c3-1)" 10.0.3.1:8009
expect_agent_running
