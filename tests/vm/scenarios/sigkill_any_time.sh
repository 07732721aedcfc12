# SIGKILL at many points of a cold start, and again when all is quiet: after every restart nothing is connected twice, in the
# end all is live, and a kill in the quiet state changes no controller.
# Takes 20 s
cluster 1 2 12
conf a.conf "$(line 10.0.1.1)" "$(line 10.0.1.2)"
for pause in 0.02 0.05 0.1 0.15 0.2 0.3 0.4 0.6 0.8; do
  agent_start
  sleep $pause
  agent_kill9
  expect_no_duplicates
done
agent_start
expect_count 24 30
io_devices > /run/devices.before
for pause in 0.1 0.5 1.5; do
  agent_kill9
  agent_start
  sleep $pause
done
expect_stays 2 live_is 24
expect_no_duplicates
expect_same_devices /run/devices.before
subsystem "$(nqn later)"
offer "$(nqn later)" "11 12"
expect_count 26
