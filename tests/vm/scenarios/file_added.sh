# An empty discovery.d at first; a file moved into it, and a second written in place, are each acted on at once.
cluster 1 1 2
cluster 2 1 2
agent_config
agent_start
sleep 1
conf a.conf "$(line 10.0.1.1)"
expect_count 2 10
line 10.0.2.1 > "$conf_dir/b.conf"
expect_count 4 10
