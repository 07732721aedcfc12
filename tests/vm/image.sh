# Builds the guest's initramfs in two parts: a cached base (busybox, kernel modules, nvme-cli, iproute2, tcpdump with their
# libraries) and an overlay of what changes from run to run (agent, scenarios). Sourced by boot; starts nothing.

cache=${DC_VM_CACHE:-$HOME/.cache/discovery-client-vm}

# copy_program ROOT PROGRAM [AS]: the program and every library that ldd names, at the paths where the loader looks for them
copy_program() {
  local root=$1 program=$2 as=${3:-$2} library
  mkdir -p "$root$(dirname "$as")"
  cp -L "$program" "$root$as"
  chmod 755 "$root$as"
  ldd "$program" 2>/dev/null | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | while read -r library; do
    [ -e "$root$library" ] || { mkdir -p "$root$(dirname "$library")"; cp -L "$library" "$root$library"; }
  done
}

# pack ROOT FILE: a cpio archive, padded so that another can follow it
pack() {
  (cd "$1" && find . -print0 | cpio --null --quiet -o -H newc -R 0:0) > "$2.new"
  truncate -s %512 "$2.new"
  mv "$2.new" "$2"
}

# base_image SERIES: prints the base's path, building it when what goes in has changed
base_image() {
  local series=$1 kernel version key image root name file
  kernel=$("$vm_dir/fetch-kernel" "$series") || return 1
  version=$(cat "$kernel/version")
  key=$({ echo "$version"; cat "$vm_dir/guest/modules.txt" "$vm_dir/image.sh"; dpkg-query -W -f '${Package} ${Version}\n' busybox-static nvme-cli iproute2 tcpdump socat libc6; } | sha256sum | cut -c1-16)
  image=$cache/base-$series-$key.cpio
  if [ -s "$image" ]; then echo "$image"; return 0; fi
  root=$(mktemp -d "$cache/base.XXXXXX")
  mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,dev,proc,sys,run,tmp,root,out,etc/nvme,vm/modules,var/log}
  cp -L "$(command -v busybox)" "$root/bin/busybox"
  for name in $("$root/bin/busybox" --list); do ln -s /bin/busybox "$root/bin/$name" 2>/dev/null || true; done
  rm -f "$root"/bin/{ip,tc}
  for name in nvme ip tc ss tcpdump socat; do copy_program "$root" "$(command -v "$name")" "/usr/sbin/$name"; done
  printf 'root:x:0:0:root:/root:/bin/sh\n' > "$root/etc/passwd"
  printf 'root:x:0:\n' > "$root/etc/group"
  printf 'passwd: files\ngroup: files\nhosts: files\n' > "$root/etc/nsswitch.conf"
  echo 'multi on' > "$root/etc/host.conf"        # as on any Debian: a name in /etc/hosts may have several addresses
  for file in /lib/x86_64-linux-gnu/libnss_files.so.2; do [ ! -e "$file" ] || { mkdir -p "$root/lib/x86_64-linux-gnu"; cp -L "$file" "$root$file"; }; done
  grep -v '^#' "$vm_dir/guest/modules.txt" | while read -r name; do
    modprobe -S "$version" -d "$kernel" --show-depends "$name" | awk '$1 == "insmod" { print $2 }'
  done | awk '!seen[$0]++' | while read -r file; do
    name=$(basename "${file%.xz}")
    case $file in *.xz) xz -dc "$file" > "$root/vm/modules/$name";; *) cp "$file" "$root/vm/modules/$name";; esac
    echo "$name" >> "$root/vm/modules/order"
  done
  rm -f "$cache/base-$series"-*.cpio
  pack "$root" "$image"
  rm -rf "$root"
  echo "$image"
}
