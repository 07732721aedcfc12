// Which names in discovery.d are files of ours to read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace config {

/// Not hidden (editors' swap files, a ConfigMap's ..data), not a temporary file of an atomic write (the
/// seed's prefix).
inline bool is_conf_name(std::string_view name) {
  return !name.empty() && !name.starts_with('.') && !name.starts_with("tmp.dc.");
}

/// Events on such names matter although nobody reads them: a ConfigMap changes by a rename onto "..data".
inline bool is_kubelet_name(std::string_view name) { return name.starts_with(".."); }

/// Those in this directory, sorted. kNotFound, kDenied and the like name the directory.
base::Result<std::vector<std::string>> conf_names(const std::string& directory);

}  // namespace config
