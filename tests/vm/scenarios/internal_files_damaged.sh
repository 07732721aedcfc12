# Files in internalDir cut in half, emptied or replaced by noise while the agent is down: it starts, connects, loses nothing.
cluster 1 1 2
conf a.conf "$(line 10.0.1.1)"
agent_start
expect_count 2
for damage in half empty noise; do
  agent_kill9
  find "$agent_dir/internal" -type f | while read -r file; do
    case $damage in
      half) truncate -s $(($(stat -c %s "$file") / 2)) "$file";;
      empty) : > "$file";;
      noise) head -c 500 /dev/urandom > "$file";;
    esac
  done
  subsystem "$(nqn "after-$damage")"
  offer "$(nqn "after-$damage")" 11
  agent_start
  expect_live "$(nqn "after-$damage")" 10.0.1.1:8009
done
expect_count 5
