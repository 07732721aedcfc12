# What: the target reboots without a word; genctr begins at its start again, with another log page behind the same number
# Promise: the new page counts although its genctr is not higher; the kernel's controllers stay and reconnect
# Within: 45 s
# Within in kernel: 105 s
# Short: log
begin() {
  local n
  cut_link "$1"
  killed "front.$1"; killed "service.$1"
  host_paths "$1" > "/run/reboot.$1"
  for n in $(awk '!seen[$1]++ { print $1 }' "/run/reboot.$1"); do host_withdraw "$1" "$n"; done
}
end() {
  local n a
  while read -r n a; do host_offer "$1" "$n" "${a##*.}"; done < "/run/reboot.$1"
  service_start "$1"; front_start "$1"
  join_link "$1"
}
