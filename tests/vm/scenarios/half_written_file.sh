# A file that is written slowly: what half a line would mean (another port, another address) costs nothing, the whole file
# counts once it is there. Names that begin with a dot or with tmp.dc. never count.
# Takes 8 s
cluster 1 1 1
cluster 2 1 1
cluster 3 1 1
agent_config
agent_start
line 10.0.2.1 > "$conf_dir/.hidden.conf"
line 10.0.2.1 > "$conf_dir/tmp.dc.12345"
printf -- '-t tcp -a 10.0.1.1 -s 80' > "$conf_dir/a.conf"
sleep 1
printf '09 -q %s\n-t tcp -a 10.0.3' "$hostnqn" >> "$conf_dir/a.conf"
expect_live "$(nqn c1-1)" 10.0.1.1:8009 10
printf '.1 -s 8009\n' >> "$conf_dir/a.conf"
expect_live "$(nqn c3-1)" 10.0.3.1:8009 10
expect_stays 2 live_is 2
expect_agent_running
