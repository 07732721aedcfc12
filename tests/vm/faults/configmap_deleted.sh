# What: the ConfigMap behind clientConfigDir is deleted, and made again
# Promise: nothing is disconnected; the lines count again when they are back
# Within: 30 s
# Short: discovery
begin() { mkdir -p /run/configmap.gone; mv "$conf_dir"/*.conf /run/configmap.gone/; }
end() { mv /run/configmap.gone/*.conf "$conf_dir/"; }
