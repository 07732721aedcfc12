// Sentences for `why`: what a hold means, and an error by name. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cmd/json_fields.h"

namespace cmd {

/// docs/holds.md in half a sentence; empty for a reason that is not known here.
std::string_view hold_meaning(std::string_view reason);

/// The last error of a path or endpoint of /status: {"kind", "message", "errno", "errno_name", "nvme_status", "nvme_status_name",
/// "permanent"}; null without one.
Json answer_json(const Json& item);

}  // namespace cmd
