# A discovery service that swallows packets is listed first, and 8 of 64 I/O portals swallow theirs: the other 56 are live
# long before the kernel would have got through the 8 (3.1 s each). The limit is twice what raw writes of a quarter of them
# take four times over, and 6 s, since emulation may be slow.
# Takes 20 s
cluster 1 1 56
black_hole
began=$(now_cs)
for s in $(seq 1 14); do printf %s "$(connect_string "$(nqn "c1-$s")" 10.0.1.1 8009)" > /dev/nvme-fabrics; done
limit=$((($(now_cs) - began) * 8 / 100 + 6))
disconnect_all
i=0
while [ $i -lt 8 ]; do
  i=$((i + 1))
  address 10.0.2.$i
  port 2$i 10.0.2.$i 4420
  subsystem "$(nqn "mute-$i")"
  offer "$(nqn "mute-$i")" 2$i
  relay 10.0.3.$i 8009 10.0.2.$i 4420
  swallow 10.0.2.$i 4420 $relay_source
  line 10.0.3.$i >> /run/lines
done
{ line 10.99.0.1; cat /run/lines; line 10.0.1.1; } > /run/all
agent_config
began=$(now_cs)
mv /run/all "$conf_dir/a.conf"
agent_start
expect_count 56 $limit
took=$(($(now_cs) - began))
note "56 live after $((took / 100)).$((took / 10 % 10)) s, limit $limit s"
i=0
while [ $i -lt 8 ]; do i=$((i + 1)); heal 10.0.2.$i 4420; done
expect_count 64 90
