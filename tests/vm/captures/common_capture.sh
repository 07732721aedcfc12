# What all captures share: one cluster, a referral, and tcpdump around a command. Files go to /out.
cluster 1 1 3
for s in 1 2 3; do echo "SERIAL0000000000000$s" > "$nvmet/subsystems/$(nqn "c1-$s")/attr_serial"; done
mkdir "$nvmet/subsystems/$(nqn c1-1)/namespaces/1"
printf /dev/nullb0 > "$nvmet/subsystems/$(nqn c1-1)/namespaces/1/device_path"
printf 6e3d2a90-7d0c-4e5a-8f8e-2f3a5d1c0001 > "$nvmet/subsystems/$(nqn c1-1)/namespaces/1/device_uuid"
echo 1 > "$nvmet/subsystems/$(nqn c1-1)/namespaces/1/enable"
referral 11 r1 10.0.1.2 8009

# record NAME COMMAND...
record() {
  local name=$1; shift
  tcpdump --immediate-mode -Z root -i lo -s 66000 -B 65536 -U -w "/out/$name.pcap" tcp port 8009 2> /run/tcpdump.err &
  wait_until 10 grep -q 'listening on' /run/tcpdump.err || fail "tcpdump does not start: $(cat /run/tcpdump.err)"
  "$@" > "/out/$name.txt" 2>&1
  sleep 1
  kill $!; wait
}
