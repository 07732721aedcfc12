// The discovery.d grammar: nvme-cli's discovery.conf lines, as the seed reads them and as nvme-cli does.
// Text in, values out; a bad line costs that line only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/endpoint_spec.h"

namespace config {

struct DiscoveryConf {
  std::vector<EndpointSpec> endpoints{};
  std::vector<Diagnostic> diagnostics{};
};

/// `file` is only for the locations. Lines end at LF or CRLF; '#' at the start of a word begins a comment; words may
/// be quoted with ' or "; `-a x`, `-ax`, `--traddr x`, `--traddr=x`. Exact duplicates are one endpoint (warning).
DiscoveryConf parse_discovery_conf(std::string_view text, const std::string& file);

}  // namespace config
