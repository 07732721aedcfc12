# The soak's faults: each is begun and ended by a word of its own, and all of them are over at a quiet point. `active` holds those
# that are on. Also the choice of what happens next.

active=

fault_begin() { active="$active $1"; }
fault_end() { without_word "$active" "$1"; active=$P; }

# refuse PORT: the portal listens no more, and what is connected there is dropped
begin_refuse() {
  local id=$1 name
  : > $soak/refused.$id
  for name in "$nvmet/ports/$id/subsystems"/*; do [ ! -L "$name" ] || { echo "${name##*/}" >> $soak/refused.$id; rm "$name"; }; done
}
end_refuse() { local name; while read -r name; do link "$name" "$1"; done < "$soak/refused.$1"; }
begin_swallow() { address_of "$1"; swallow "$A" "$S"; }
end_swallow() { address_of "$1"; heal "$A" "$S"; }
# far: latency, loss, both at their worst, or no carrier, on the wire to cluster 3
begin_far() {
  pick "delay 100ms" "loss 5%" "delay 40ms 30ms loss 2%" "loss 100%" down
  W=$P
  case $P in
    down) ip link set near0 down;;
    *) tc qdisc add dev near0 root netem $P; in_far /usr/sbin/tc qdisc add dev far0 root netem $P;;
  esac
}
end_far() { ip link set near0 up; tc qdisc del dev near0 root 2> /dev/null || true; in_far /usr/sbin/tc qdisc del dev far0 root 2> /dev/null || true; }
begin_misbehave() {
  pick silent-accept silent-icresp silent-connect silent-log silent-keep-alive icresp-cut=60 icresp-reset=20 fail-connect=0x8308 fail-log=0x4 terminate=2 \
    cut=40 reset=1100 slow=20 delay-log=3000 genctr-moves=0 numrec=100000 recfmt=7 short-log=100 long-log=100 datao=8 no-last success-without-last \
    pdu-type=9 plen=5 hlen=3 cid=77 twice aer-error r2t never-ready cfs identify-cntlid=999 aen-storm=50 split=64 reversed
  W=$P
  tell misbehave "$P"; tell drop
}
end_misbehave() { tell behave; }
# disk: internalDir is on a small file system that is full or read-only
begin_disk() {
  pick full read-only; W=$P
  if [ "$P" = full ]; then dd if=/dev/zero of=$soak/disk/filler bs=4k 2> /dev/null || true; else mount -o remount,ro $soak/disk 2> /dev/null || W="still writable"; fi
}
end_disk() { mount -o remount,rw $soak/disk; rm -f $soak/disk/filler; }
# garble: broken lines, noise, and no good line left in a.conf
begin_garble() {
  { printf '%s\n' "-t tcp -a" "--no-such-option=1 -a 10.0.1.1" "-t tcp -a 10.0.1.2 -s 99999" "\"unterminated -a 10.0.1.3"; head -c 400 /dev/urandom; } > "$conf_dir/tmp.dc.a"
  mv "$conf_dir/tmp.dc.a" "$conf_dir/a.conf"
  head -c 2000 /dev/urandom > "$conf_dir/noise.conf"
}
end_garble() { rm "$conf_dir/noise.conf"; write_config 10.0.1.1; }
begin_clock() {
  pick 86400 -86400 3600 -3600; clock_jump=$P; W="$P s"
  date -s "@$(($(date +%s) + clock_jump))" > /dev/null
}
end_clock() { date -s "@$(($(date +%s) - clock_jump))" > /dev/null; }
# the agent: it is down, or stopped, until the fault ends. A thread that the kernel holds in a write outlives SIGKILL, for an
# admin command's 60 s at most.
begin_kill() { agent_expected down; kill -9 "$(agent_pid)"; wait_until 75 agent_gone || violation "the agent outlives SIGKILL by 75 s"; }
begin_term() { agent_expected down; kill -TERM "$(agent_pid)"; wait_until 75 agent_gone || violation "the agent outlives SIGTERM by 75 s"; }
end_kill() { agent_start; agent_expected up; lives=$((lives + 1)); }
end_term() { end_kill; }
begin_stop() { agent_expected down; kill -STOP "$(agent_pid)"; }
end_stop() { kill -CONT "$(agent_pid)"; agent_expected up; }
# damage: what the agent keeps is cut, emptied or noise; no end, since it writes it anew
change_damage() {
  local file
  pick half empty noise; W=$P
  ! has_word "$active" disk || { W="not writable"; return 0; }
  for file in $soak/disk/internal/*; do
    [ -f "$file" ] || continue
    case $P in
      half) truncate -s $(($(stat -c %s "$file") / 2)) "$file";;
      empty) : > "$file";;
      noise) head -c 500 /dev/urandom > "$file";;
    esac
  done
}

# toggle FAULT [PORT]: begins it, or ends it where it is on
toggle() {
  local name=$1${2:+-$2}
  if has_word "$active" "$name"; then fault_end "$name"; "end_$1" ${2:-}; W="ends${2:+ at $2}"
  else W=; "begin_$1" ${2:-}; fault_begin "$name"; W="begins${2:+ at $2}${W:+: $W}"; fi
}
end_faults() {
  local name
  for name in $active; do
    fault_end "$name"
    case $name in *-*) "end_${name%-*}" "${name#*-}";; *) "end_$name";; esac
  done
}
# next_event: one thing happens, with W saying what; `restarts` is 1 while the agent itself may be killed
next_event() {
  local kind
  pick line line line files hup subsystem subsystem offer offer offer offer rebuild referral referral listing listing service delete delete delete damage \
    refuse refuse refuse swallow swallow swallow swallow far far far misbehave misbehave misbehave stop disk garble clock kill kill term
  kind=$P W=
  case $kind in kill|term) [ "$restarts" = 1 ] || kind=delete;; esac
  case $kind in
    kill|term|stop) case $active in *kill*|*term*|*stop*) for P in kill term stop; do ! has_word "$active" $P || kind=$P; done;; esac;;
  esac
  case $kind in
    refuse)
      pick 11 12 13 31 32 $soft
      if has_word "$active" "swallow-$P"; then kind=swallow; fi; toggle $kind "$P";;
    swallow)
      pick 11 12 13 $soft 51 61
      if has_word "$active" "refuse-$P"; then kind=refuse; fi; toggle $kind "$P";;
    far|misbehave|disk|garble|clock|stop|kill|term) toggle $kind;;
    *) "change_$kind";;
  esac
  note_event $kind "$W"
}
