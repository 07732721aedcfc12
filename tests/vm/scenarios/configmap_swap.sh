# discovery.d as Kubernetes mounts a ConfigMap: file -> ..data/file, ..data -> ..TIMESTAMP. The swap of ..data changes no
# file that a watcher of names would see, and has to be noticed; three times, the last adds a key (a new file).
cluster 1 1 1
cluster 2 1 1
cluster 3 1 1
mkdir -p "$conf_dir/..1"
line 10.0.1.1 > "$conf_dir/..1/cluster.conf"
ln -s ..1 "$conf_dir/..data"
ln -s ..data/cluster.conf "$conf_dir/cluster.conf"
agent_start
expect_live "$(nqn c1-1)" 10.0.1.1:8009
expect_count 1
# publish OLD NEW: what kubelet's atomic writer does
publish() { ln -s "..$2" "$conf_dir/..data_tmp"; mv -T "$conf_dir/..data_tmp" "$conf_dir/..data"; rm -r "$conf_dir/..$1"; }
mkdir "$conf_dir/..2"
line 10.0.2.1 > "$conf_dir/..2/cluster.conf"
publish 1 2
expect_live "$(nqn c2-1)" 10.0.2.1:8009 10
disconnect_all
expect_live "$(nqn c2-1)" 10.0.2.1:8009 10
mkdir "$conf_dir/..3"
line 10.0.2.1 > "$conf_dir/..3/cluster.conf"
line 10.0.3.1 > "$conf_dir/..3/more.conf"
publish 2 3
ln -s ..data/more.conf "$conf_dir/more.conf"
expect_live "$(nqn c3-1)" 10.0.3.1:8009 10
expect_stays 2 live_is 2
expect_count 2
