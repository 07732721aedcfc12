// Mounts in a configuration directory that never show what changes: a ConfigMap's key mounted by subPath, a single file bound
// into it. Pure: the text of /proc/self/mountinfo in, warnings out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"

namespace config {

/// `directory` without links or dots in it, as mount points are spelled.
///
/// kubelet writes ConfigMaps, Secrets and projected volumes into folders named ..YYYY_MM_DD_HH_MM_SS.N, and changes them by
/// making a new folder: a mount whose root (proc(5), field 4) goes through such a folder, which is what subPath makes, keeps
/// the pod's first content for ever. A whole volume's root never does. A single file that is a mount of anything else stays
/// what it was when it is replaced by a rename.
std::vector<Diagnostic> stale_mounts(std::string_view mountinfo, const std::string& directory);

}  // namespace config
