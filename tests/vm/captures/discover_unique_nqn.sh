# `nvme discover` of a discovery service with an NQN of its own (6.12's target only).
. /vm/scenarios/common_capture.sh
[ -e "$nvmet/discovery_nqn" ] || exit 0
printf nqn.2024-01.test:discovery > "$nvmet/discovery_nqn"
record discover_unique_nqn nvme discover -t tcp -a 10.0.1.1 -s 8009 -q "$hostnqn" -I "$hostid" -o json
