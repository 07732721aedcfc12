# What: the target's end of every connection is gone, and no FIN and no RST told so
# Promise: keep alives find out; the kernel's controllers stay and reconnect
# Within: 45 s
# Within in kernel: 105 s
# Short: idle
begin() {
  cut_link "$1"
  killed "front.$1"
}
end() {
  front_start "$1"
  join_link "$1"
}
