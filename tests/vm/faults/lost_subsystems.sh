# What: the target serves and lists nothing any more, then all of it again
# Promise: the agent deletes nothing; what the kernel gives up is connected again
# Kernel: may give controllers up
# Within: 45 s
# Within in kernel: 105 s
# Short: log
begin() {
  local n
  host_paths "$1" > "/run/lost.$1"
  for n in $(awk '!seen[$1]++ { print $1 }' "/run/lost.$1"); do host_withdraw "$1" "$n"; done
}
end() {
  local n a
  while read -r n a; do host_offer "$1" "$n" "${a##*.}"; done < "/run/lost.$1"
}
