// An error in one word of a closed list, for counting and for labels: an errno, an NVMe status, or our own kind of failure.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"

namespace reconcile {

/// "ECONNREFUSED", "Connect Invalid Host", "timeout" (a deadline of ours); "other" for an errno or status that is not
/// in the list. The text lives for ever.
std::string_view error_class(const base::Error& error);
/// Every word that error_class() may give.
std::vector<std::string_view> error_classes();

}  // namespace reconcile
