# Lines with errors of every kind among good ones, and a file that is nothing but noise: the good lines all count.
cluster 1 1 1
cluster 2 1 1
cluster 3 1 1
conf a.conf "$(line 10.0.1.1)" "-t tcp -a 10.0.1.1 -s 99999 -q $hostnqn" "-t tcp -a" "--no-such-option=1 -a 10.0.1.1" "-t tcp -a 10.0.9.9 -s 8009 -q not-an-nqn," \
  "\"unterminated -a 10.0.1.1" "" "# a comment" "   -t   tcp    -a 10.0.2.1	-s 8009 --hostnqn=$hostnqn   # with a comment"
head -c 3000 /dev/urandom > "$conf_dir/noise.conf"
printf -- '--transport=tcp --traddr=10.0.3.1 --trsvcid=8009' > "$conf_dir/z.conf"      # no newline at the end, no -q
agent_start
expect_count 3
expect_live "$(nqn c3-1)" 10.0.3.1:8009
expect_agent_running
