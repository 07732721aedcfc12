# Run by e2e in a pod on a node (busybox sh, privileged, the host's root at /host): an NVMe/TCP target of that node's kernel, and what
# its host side says. Touches only ports 900..999 and subsystems named *.e2e.* of nvmet.   sh -s COMMAND ARGUMENT...
set -eu
nvmet=/host/sys/kernel/config/nvmet
load() {
  chroot /host /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin modprobe -a nvme-tcp nvmet nvmet-tcp null_blk 2>&1 || true
  [ -d /host/sys/kernel/config/nvmet ] || chroot /host /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin mount -t configfs configfs /sys/kernel/config 2>/dev/null || true
  [ -d $nvmet ] || { echo "no nvmet in this node's kernel"; exit 1; }
}
case $1 in
  load) load;;
  port)        # ID ADDR PORT
    [ -d $nvmet/ports/$2 ] && exit 0
    mkdir $nvmet/ports/$2; echo tcp > $nvmet/ports/$2/addr_trtype; echo ipv4 > $nvmet/ports/$2/addr_adrfam
    echo "$3" > $nvmet/ports/$2/addr_traddr; echo "$4" > $nvmet/ports/$2/addr_trsvcid;;
  subsystem)   # NQN PORTID...
    nqn=$2; shift 2
    if [ ! -d $nvmet/subsystems/$nqn ]; then
      mkdir $nvmet/subsystems/$nqn; echo 1 > $nvmet/subsystems/$nqn/attr_allow_any_host
      mkdir $nvmet/subsystems/$nqn/namespaces/1; printf /dev/nullb0 > $nvmet/subsystems/$nqn/namespaces/1/device_path; echo 1 > $nvmet/subsystems/$nqn/namespaces/1/enable
    fi
    for id in "$@"; do [ -e $nvmet/ports/$id/subsystems/$nqn ] || ln -s $nvmet/subsystems/$nqn $nvmet/ports/$id/subsystems/$nqn; done;;
  unlink) rm -f $nvmet/ports/$3/subsystems/$2;;       # NQN PORTID: without its last subsystem the port closes, its connections too
  controllers) # of these tests: device state cntlid subsystem address
    for d in /sys/class/nvme/nvme*; do
      [ -e "$d/subsysnqn" ] && grep -q '\.e2e\.' "$d/subsysnqn" && echo "${d##*/} $(cat $d/state) $(cat $d/cntlid) $(cat $d/subsysnqn) $(cat $d/address)"
    done; true;;
  watch)       # COUNT: a line each time that fewer than COUNT controllers of these tests are live, until /tmp/stop is there
    rm -f /tmp/stop
    while [ ! -e /tmp/stop ]; do
      n=0
      for d in /sys/class/nvme/nvme*; do
        { read -r nqn < $d/subsysnqn && read -r state < $d/state; } 2>/dev/null || continue
        case $nqn/$state in *.e2e.*/live) n=$((n + 1));; esac
      done
      [ "$n" -ge "$2" ] || echo "only $n live"
      sleep 0.2
    done; echo watched;;
  stop) touch /tmp/stop;;
  clear)
    for d in /sys/class/nvme/nvme*; do if [ -e "$d/subsysnqn" ] && grep -q '\.e2e\.' "$d/subsysnqn"; then echo 1 > $d/delete_controller; fi; done
    for p in $nvmet/ports/9??; do [ -d $p ] || continue; rm -f $p/subsystems/*; rmdir $p; done
    for s in $nvmet/subsystems/*.e2e.*; do [ -d $s ] || continue; rmdir $s/namespaces/1; rmdir $s; done; true;;
esac
