# A file of discovery.d edited in place: a line appended, then the whole file rewritten through the same inode.
cluster 1 1 1
cluster 2 1 1
cluster 3 1 1
conf a.conf "$(line 10.0.1.1)"
agent_start
expect_live "$(nqn c1-1)" 10.0.1.1:8009
line 10.0.2.1 >> "$conf_dir/a.conf"
expect_live "$(nqn c2-1)" 10.0.2.1:8009 10
{ line 10.0.1.1; line 10.0.3.1; } > "$conf_dir/a.conf"
expect_live "$(nqn c3-1)" 10.0.3.1:8009 10
expect_count 3
