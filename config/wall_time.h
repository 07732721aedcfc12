// Times as other programs write them into files.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace config {

/// RFC 3339 with any offset and any number of fractional digits (Go writes nine); milliseconds are kept.
std::optional<base::WallTime> parse_rfc3339(std::string_view text);

}  // namespace config
