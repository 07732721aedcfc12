# `nvme discover` of a service with 3 subsystems and a referral.
. /vm/scenarios/common_capture.sh
record discover nvme discover -t tcp -a 10.0.1.1 -s 8009 -q "$hostnqn" -I "$hostid" -o json
