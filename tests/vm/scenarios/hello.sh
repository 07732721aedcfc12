# harness check
cluster 1 2 3
raw_connect "$(connect_string "$(nqn c1-1)" 10.0.1.1 8009)"
expect_live "$(nqn c1-1)" 10.0.1.1:8009
controllers
expect_count 1
nvme discover -t tcp -a 10.0.1.1 -s 8009
uname -a; cat /proc/uptime
nc --help 2>&1 | head -30
