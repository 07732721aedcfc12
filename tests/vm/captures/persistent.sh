# A persistent discovery connection with KATO 5 s: asynchronous event requests, keep alive, an event (the referral goes, and
# with it GENCTR moves), the log page read as nvme-cli does (RAE=1, which re-arms nothing) and with RAE=0, the next event, the end.
. /vm/scenarios/common_capture.sh
session() {
  raw_connect "nqn=$well_known,transport=tcp,traddr=10.0.1.1,trsvcid=8009,hostnqn=$hostnqn,hostid=$hostid,keep_alive_tmo=5"
  sleep 7
  echo 0 > "$nvmet/ports/11/referrals/r1/enable"
  sleep 1
  nvme discover -d nvme0 -t tcp -a 10.0.1.1 -s 8009 -q "$hostnqn" -I "$hostid" -o json
  nvme admin-passthru /dev/nvme0 --opcode=2 --cdw10=0x00ff0070 --data-len=1024 -r       # nvme-cli 2.3 reads with RAE=1 only
  sleep 1
  echo 1 > "$nvmet/ports/11/referrals/r1/enable"
  sleep 1
  echo 1 > /sys/class/nvme/nvme0/delete_controller
}
record persistent session
