# A file removed (and one renamed to a name that does not count): its controllers stay connected, but nobody brings them back
# when they are deleted by hand; those of the files that are still there do come back.
# Takes 10 s
cluster 1 1 1
cluster 2 1 1
cluster 3 1 1
conf a.conf "$(line 10.0.1.1)"
conf b.conf "$(line 10.0.2.1)"
conf c.conf "$(line 10.0.3.1)"
agent_start
expect_count 3
rm "$conf_dir/a.conf"
mv "$conf_dir/b.conf" "$conf_dir/.b.conf"
expect_stays 2 live_is 3
disconnect_all
expect_live "$(nqn c3-1)" 10.0.3.1:8009 10
expect_stays 4 live_is 1
expect_count 1
