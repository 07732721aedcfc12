# The same with header and data digests.
. /vm/scenarios/common_capture.sh
record discover_digests nvme discover -t tcp -a 10.0.1.1 -s 8009 -q "$hostnqn" -I "$hostid" -g -G -o json
