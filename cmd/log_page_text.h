// A discovery log page for people and for programs: every field, its number and its name. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nvme/log_page.h"

namespace cmd {

/// An array; each element has the six keys of the seed's output (portid, cntlid, trsvcid, subnqn, traddr, subtype) as
/// the seed has them, the other fields as numbers, each number's name as <field>_name, and the page's genctr.
nlohmann::ordered_json log_page_json(const nvme::LogPage& page);
/// `service` is where it came from, for the first line.
std::string log_page_table(const nvme::LogPage& page, const std::string& service, bool colour);

}  // namespace cmd
