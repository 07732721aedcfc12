# The soak's fabric, its generator, and the words that change things: what is offered, configured and referred to. Each is also
# what the checker goes by: it reads the target's own tables (configfs) and the lists kept here, never the agent's.
#   cluster 1  10.0.1.1-3    4 subsystems; .1 and .2 refer to each other; anything may happen to it
#   cluster 2  10.0.2.1-2    3 subsystems, one with a namespace under I/O; one portal a round may suffer (`soft`), the other not
#   cluster 3  10.0.3.1-2    3 subsystems in another network namespace: what happens to it happens on a wire
#   cluster 4  10.0.4.1-2    2 subsystems, the bystander: nothing is ever done to it
#   service 5  10.0.5.1      a userspace discovery service that lists subsystems of portal 10.0.6.1:4420

soak=/run/soak
disk_nqn=$(nqn c2-disk)
endpoints="10.0.1.1 10.0.1.2 10.0.1.3 10.0.2.1 10.0.2.2 10.0.3.1 10.0.3.2 10.0.4.1 10.0.4.2 10.0.5.1"
configured=" $endpoints "           # the lines that are there
fixed="10.0.2.1 10.0.2.2 10.0.4.1 10.0.4.2"
withdrawn=                          # NQN@PORT, oldest first
extra_1= extra_3= extras=0          # subsystems made on the way
referring=                          # referrals beyond those that stay: PORT@PORT
service_list="1 2 3"                # subsystems c6-N that service 5 lists
soft=21

# rnd N: R is 0 to N-1; the same seed gives the same run
rnd() { random=$(( (random * 1103515245 + 12345) & 2147483647 )); R=$(( (random >> 8) % $1 )); }
# pick WORD...: P is one of them
pick() { rnd $#; shift $R; P=$1; }
has_word() { case " $1 " in *" $2 "*) return 0;; esac; return 1; }
without_word() { local w; P=; for w in $1; do [ "$w" = "$2" ] || P="$P $w"; done; }

# address_of PORT: A and S are the portal's address and port, without a fork
address_of() { A=10.0.$(($1 / 10)).$(($1 % 10)); S=8009; [ "$1" != 61 ] || S=4420; }
in_far() { nsenter --net=/run/netns/far "$@"; }        # a listener lives in the network namespace of who links
link() {
  case $2 in
    3?) in_far ln -s "$nvmet/subsystems/$1" "$nvmet/ports/$2/subsystems/$1";;
    *) ln -s "$nvmet/subsystems/$1" "$nvmet/ports/$2/subsystems/$1";;
  esac
  address_of "$2"; echo "$1 $A:$S" >> $soak/known
}
offered() { [ -L "$nvmet/ports/$2/subsystems/$1" ]; }
ports_of() { case $1 in 1) P="11 12 13";; 3) P="31 32";; esac; }
subsystems_of() { case $1 in 1) P="c1-1 c1-2 c1-3 c1-4 $extra_1";; 3) P="c3-1 c3-2 c3-3 $extra_3";; esac; }

build_fabric() {
  local id name
  mkdir -p $soak
  cluster 1 3 4
  referral 11 mate 10.0.1.2; referral 12 mate 10.0.1.1
  cluster 4 2 2
  address 10.0.2.1 10.0.2.2 10.0.5.1 10.0.6.1
  port 21 10.0.2.1; port 22 10.0.2.2; port 61 10.0.6.1 4420
  subsystem "$disk_nqn" namespace
  for name in c2-1 c2-2 c3-1 c3-2 c3-3 c6-1 c6-2 c6-3 c6-4; do subsystem "$(nqn $name)"; done
  for name in c2-disk c2-1 c2-2; do link "$(nqn $name)" 21; link "$(nqn $name)" 22; done
  for name in c6-1 c6-2 c6-3 c6-4; do link "$(nqn $name)" 61; done
  ip netns add far
  ip link add near0 type veth peer name far0
  ip link set far0 netns far
  ip addr add 10.0.3.254/24 dev near0; ip link set near0 up
  in_far /usr/sbin/ip link set lo up; in_far /usr/sbin/ip addr add 10.0.3.1/24 dev far0; in_far /usr/sbin/ip addr add 10.0.3.2/24 dev far0; in_far /usr/sbin/ip link set far0 up
  port 31 10.0.3.1; port 32 10.0.3.2
  for name in c3-1 c3-2 c3-3; do for id in 31 32; do link "$(nqn $name)" $id; done; done
  for id in 11 12 13 41 42; do
    address_of $id
    for name in "$nvmet/ports/$id/subsystems"/*; do echo "${name##*/} $A:$S" >> $soak/known; done
  done
  service_start
}

# --- service 5, in userspace: its genctr begins at 0 with every start ----------------------------------------------------
service_start() {
  local n entries=
  for n in $service_list; do entries="$entries --entry tcp,ipv4,10.0.6.1,4420,$(nqn c6-$n)"; done
  [ -p $soak/service.in ] || mkfifo $soak/service.in
  discovery_target --listen 10.0.5.1:8009 --self $entries 0<> $soak/service.in > /dev/null 2>&1 &
  service_pid=$!
}
tell() { [ ! -d "/proc/$service_pid" ] || echo "$*" > $soak/service.in; }

# --- discovery.d: three files, each written its own way ---------------------------------------------------------------------
# lines_of ADDRESS...: the lines of those that are configured
lines_of() { local a; for a in "$@"; do ! has_word "$configured" "$a" || echo "-t tcp -a $a -s 8009 -q $hostnqn -c 2"; done; }
write_renamed() { { lines_of 10.0.1.1 10.0.1.2 10.0.1.3; cat; } > "$conf_dir/tmp.dc.a"; mv "$conf_dir/tmp.dc.a" "$conf_dir/a.conf"; }
write_in_place() { { echo "# written $1 times"; lines_of 10.0.2.1 10.0.2.2; } > "$conf_dir/b.conf"; }
write_mounted() {  # as kubelet swaps a ConfigMap
  local old
  old=$(readlink "$conf_dir/..data" || true)
  mkdir "$conf_dir/..$1"
  lines_of 10.0.3.1 10.0.3.2 10.0.5.1 > "$conf_dir/..$1/cluster.conf"
  ln -s "..$1" "$conf_dir/..data_tmp"; mv -T "$conf_dir/..data_tmp" "$conf_dir/..data"
  [ -L "$conf_dir/cluster.conf" ] || ln -s ..data/cluster.conf "$conf_dir/cluster.conf"
  [ -z "$old" ] || rm -r "$conf_dir/$old"
}
config_writes=0
write_config() {  # write_config [ADDRESS]: the file of that address, or all
  config_writes=$((config_writes + 1))
  case ${1:-all} in 10.0.1.*|all) write_renamed < /dev/null;; esac
  case ${1:-all} in 10.0.2.*|all) write_in_place $config_writes;; esac
  case ${1:-all} in 10.0.3.*|10.0.5.1|all) write_mounted $config_writes;; esac
}

# --- changes: they stay when the faults end -----------------------------------------------------------------------------------
change_line() {
  local a w missing=
  for a in $endpoints; do has_word "$configured" "$a" || missing="$missing $a"; done
  set -- $missing
  if [ $# -ge 2 ]; then a=$1; configured="$configured$a "; W="+ $a"
  else
    pick 10.0.1.1 10.0.1.2 10.0.1.3 10.0.3.1 10.0.3.2 10.0.5.1; a=$P
    if has_word "$configured" "$a"; then without_word "$configured" "$a"; configured="$P "; W="- $a"; else configured="$configured$a "; W="+ $a"; fi
  fi
  case $a in 10.0.1.*) ! has_word "$active" garble || return 0;; esac
  write_config "$a"
}
change_files() { write_config; W="all files written again"; }
change_subsystem() {
  local c id name ports
  pick 1 3; c=$P; ports_of $c; ports=$P
  eval "set -- \$extra_$c"
  if [ $# -ge 2 ]; then
    name=$1; shift; eval "extra_$c=\"\$*\""; W="- $name"
    for id in $ports; do
      if has_word "$active" "refuse-$id"; then sed -i "/$(nqn "$name")\$/d" $soak/refused.$id; elif offered "$(nqn "$name")" $id; then rm "$nvmet/ports/$id/subsystems/$(nqn "$name")"; fi
      without_word "$withdrawn" "$(nqn "$name")@$id"; withdrawn=$P
    done
    rmdir "$nvmet/subsystems/$(nqn "$name")"
  else
    extras=$((extras + 1)); name=c$c-x$extras; W="+ $name"
    subsystem "$(nqn "$name")"
    eval "extra_$c=\"\$extra_$c $name\""
    for id in $ports; do if has_word "$active" "refuse-$id"; then nqn "$name" >> $soak/refused.$id; else link "$(nqn "$name")" $id; fi; done
  fi
}
change_offer() {
  local c id name w
  set -- $withdrawn
  if [ $# -ge 4 ]; then w=$1; name=${w%@*}; id=${w#*@}
  else pick 1 3; c=$P; subsystems_of $c; pick $P; name=$(nqn "$P"); ports_of $c; pick $P; id=$P; fi
  W="not at $id now"                  # a port keeps a subsystem: without one it does not listen
  case " $withdrawn " in *"@$id "*"@$id "*) ! offered "$name" $id || return 0;; esac
  ! has_word "$active" "refuse-$id" || return 0
  if offered "$name" $id; then rm "$nvmet/ports/$id/subsystems/$name"; withdrawn="$withdrawn $name@$id"; W="- $name at $id"
  else link "$name" $id; without_word "$withdrawn" "$name@$id"; withdrawn=$P; W="+ $name at $id"; fi
}
# The target of cluster 1 is taken down and built again: every subsystem goes and comes back under its name
change_rebuild() {
  local id name kept=
  subsystems_of 1
  set -- $P
  for id in 11 12 13; do
    has_word "$active" "refuse-$id" && continue
    for name in "$nvmet/ports/$id/subsystems"/*; do [ ! -L "$name" ] || { kept="$kept ${name##*/}@$id"; rm "$name"; }; done
  done
  for name in "$@"; do rmdir "$nvmet/subsystems/$(nqn "$name")"; done
  rnd 30; sleep 0.$R
  for name in "$@"; do subsystem "$(nqn "$name")"; done
  for name in $kept; do link "${name%@*}" "${name#*@}"; done
  W="cluster 1"
}
change_referral() {
  local from to
  pick 11 12; from=$P; pick 31 32; to=$P
  if has_word "$referring" "$from@$to"; then referral_remove $from to$to; without_word "$referring" "$from@$to"; referring=$P; W="- $from to $to"
  else address_of $to; referral $from to$to "$A" "$S"; referring="$referring $from@$to"; W="+ $from to $to"; fi
}
change_listing() {
  rnd 4; R=$((R + 1))
  if has_word "$service_list" $R; then without_word "$service_list" $R; service_list=$P; tell remove "$(nqn c6-$R)"; W="- c6-$R"
  else service_list="$service_list $R"; tell add "tcp,ipv4,10.0.6.1,4420,$(nqn c6-$R)"; W="+ c6-$R"; fi
}
change_service() { kill -9 "$service_pid"; { wait "$service_pid"; } 2> /dev/null || true; service_start; W="genctr of service 5 begins anew"; }
change_hup() { W=; agent_is up && kill -HUP "$(agent_pid)" || W="no agent"; }
# A controller is deleted by hand: the only deletions that there may be, besides those of ctrl_loss_tmo
change_delete() {
  local device
  expected > $soak/could
  rnd "$(wc -l < $soak/could)"
  set -- $(sed -n "$((R + 1))p" $soak/could)
  W="$1 at $2: not now"
  case $2 in
    10.0.4.*) return 0;;
    10.0.2.*) address_of $soft; [ "$2" = "$A:$S" ] || return 0;;
  esac
  ! portal_suffers "$2" || return 0
  device=$(device_of "$1" "$2"); W="$1 at $2: not there"
  [ -n "$device" ] || return 0
  : > "$soak/hand/$device"; W="$1 at $2: $device"
  (echo 1 > "/sys/class/nvme/$device/delete_controller") 2> /dev/null &
}
portal_suffers() {
  local id=${1%:*}
  id=${id#10.0.}; id=${id%.*}${id#*.}
  has_word "$active" "swallow-$id" || has_word "$active" "refuse-$id" || { [ "${id%?}" = 3 ] && has_word "$active" far; }
}
