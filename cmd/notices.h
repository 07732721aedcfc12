// What is unusual about this host, as sentences for `status` and `check`. Pure.
#pragma once

#include <string>
#include <vector>

#include "nvme/host_facts.h"

namespace cmd {

std::vector<std::string> notices_of(const nvme::HostFacts& facts);

}  // namespace cmd
