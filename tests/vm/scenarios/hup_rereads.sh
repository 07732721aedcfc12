# SIGHUP re-reads everything: a file that is a link to a place outside discovery.d changes without any event in it.
cluster 1 1 1
cluster 2 1 1
line 10.0.1.1 > /run/elsewhere.conf
mkdir -p "$conf_dir"
ln -s /run/elsewhere.conf "$conf_dir/a.conf"
agent_start
expect_live "$(nqn c1-1)" 10.0.1.1:8009
line 10.0.2.1 >> /run/elsewhere.conf
kill -HUP "$(agent_pid)"
expect_live "$(nqn c2-1)" 10.0.2.1:8009 10
expect_agent_running
expect_count 2
