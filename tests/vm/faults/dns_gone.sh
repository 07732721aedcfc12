# What: no name has an address any more (the name server answers nothing), and all discovery connections are reset
# Promise: the last known addresses stay in use
# During: all desired paths become live
# Within: 45 s
# Short: discovery
scene() {
  black_hole
  echo 'hosts: files dns' > /etc/nsswitch.conf
  echo 'nameserver 10.99.0.53' > /etc/resolv.conf
  printf "10.1.$1.1 portal1.test\n10.1.$1.2 portal2.test\n" > /etc/hosts
  : > /run/by_name
}
begin() {
  mv /etc/hosts /run/hosts.gone
  front "$1" "refuse 8009"; front "$1" accept
}
end() { mv /run/hosts.gone /etc/hosts; }
