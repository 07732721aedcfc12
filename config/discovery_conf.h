// The discovery.d grammar: nvme-cli's discovery.conf lines, as the seed reads them and as nvme-cli does.
// Text in, values out; a bad line costs that line only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/endpoint_spec.h"
#include "config/node_facts.h"

namespace config {

struct DiscoveryConf {
  std::vector<EndpointSpec> endpoints{};
  std::vector<Diagnostic> diagnostics{};
  int elsewhere{0};  ///< lines that are for other nodes (`# only:`): not read
  int lines{0};      ///< that hold something besides blanks and comments, good or bad
};

/// `file` is only for the locations. Lines end at LF or CRLF; '#' at the start of a word begins a comment; words may
/// be quoted with ' or "; `-a x`, `-ax`, `--traddr x`, `--traddr=x`. Exact duplicates are one endpoint (warning).
/// A comment `# only: key=value[,key=value]` limits the lines below it, up to the next one, to nodes with all those
/// labels; while that is unknown, or where such a comment is wrong, they come with `held`, and are no duplicates.
DiscoveryConf parse_discovery_conf(std::string_view text, const std::string& file, const NodeFacts& node = {});

}  // namespace config
