# What: the API server swallows every packet, while its discovery connections are reset
# Promise: paths don't depend on it; it is told again when it answers
# During: all desired paths become live
# Within: 45 s
# Short: log
# Needs: a certificate in /etc/api.pem
scene() {
  address 10.0.9.1
  mkdir -p /run/account; echo token > /run/account/token; cp /etc/api.pem /run/account/ca.crt
  cat > /run/api <<'API'
read -r method path rest; length=0
while read -r name value && [ "$name" != "$(printf '\r')" ]; do case $name in [Cc]ontent-[Ll]ength:) length=$(echo "$value" | tr -d '\r');; esac; done
[ "$length" -eq 0 ] || head -c "$length" > /dev/null
case $method:$path in
  GET:/api/v1/nodes/*) body='{"kind":"Node","apiVersion":"v1","metadata":{"name":"guest","labels":{}},"spec":{},"status":{"conditions":[]}}';;
  GET:*) body='{"kind":"NodeList","apiVersion":"v1","items":[]}';;
  *) body='{}';;
esac
printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' ${#body} "$body"
echo "$method $path" >> /run/api.requests
API
  : > /run/api.requests
  socat OPENSSL-LISTEN:6443,bind=10.0.9.1,cert=/etc/api.pem,verify=0,fork,reuseaddr EXEC:"sh /run/api" 2> /run/api.err &
  wait_until 20 listening 10.0.9.1 6443 || fail "no API server: $(cat /run/api.err)"
  printf 'kubernetes:\n  serviceAccountDir: /run/account\n' >> "$agent_yaml"
  agent_environment="KUBERNETES_SERVICE_HOST=10.0.9.1 KUBERNETES_SERVICE_PORT=6443 NODE_NAME=guest"
}
told() { [ "$(wc -l < /run/api.requests)" -gt "$1" ]; }
begin() {
  wait_until 20 told 0 || fail "the agent asked the API server nothing: $(cat /run/api.err)"
  swallow 10.0.9.1 6443
  front "$1" "refuse 8009"; front "$1" accept
}
end() { wc -l < /run/api.requests > /run/api.before; heal 10.0.9.1 6443; }
after() { wait_until 120 told "$(cat /run/api.before)" || fail "the API server was not told again"; }
