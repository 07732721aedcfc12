// Any bytes as a discovery.d file: every endpoint is one that may go to the kernel, every complaint has its
// line, and the same text gives the same answer.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/discovery_conf.h"

namespace {
// Bytes from 0x80 are no control bytes: Linux takes them in interface names (dev_valid_name), and so in IPv6
// zones.
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

void check(const config::DiscoveryConf& conf) {
  for (const config::EndpointSpec& spec : conf.endpoints) {
    for (const char c : spec.held) {
      if (is_control(c)) std::abort();
    }
    for (const char c : config::endpoint_key(spec) + spec.tunables.keyring.value_or("") + spec.tunables.tls_key.value_or("")) {
      if (is_control(c) || c == ',') std::abort();
    }
    if (spec.host.empty() || spec.trsvcid == 0 || spec.where.line < 1 || spec.where.column < 1) std::abort();
  }
  for (const config::Diagnostic& diagnostic : conf.diagnostics) {
    if (diagnostic.message.empty()) std::abort();
    for (const char c : config::to_string(diagnostic)) {
      if (is_control(c)) std::abort();
    }
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  config::NodeFacts node;
  const config::DiscoveryConf anywhere = config::parse_discovery_conf(text, "f", node);
  check(anywhere);
  if (config::parse_discovery_conf(text, "f", node).endpoints != anywhere.endpoints) std::abort();
  node.name = "worker-1";
  node.labels.emplace()["topology.kubernetes.io/zone"] = "a";
  const config::DiscoveryConf here = config::parse_discovery_conf(text, "f", node);
  check(here);
  if (anywhere.elsewhere != 0) std::abort();
  return 0;
}
