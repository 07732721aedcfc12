# An I/O connect to a subsystem that does not exist: the target's error status, and what the host does then.
. /vm/scenarios/common_capture.sh
session() { raw_connect "$(connect_string "$(nqn absent)" 10.0.1.1 8009)" || true; sleep 1; }
record io_connect_refused session
