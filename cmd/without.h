// "Is it safe to take this away?": what a person wrote after --without, the question to reconcile/redundancy.h, and the
// answer as text and JSON. Pure; works on the JSON of /status.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "cmd/json_fields.h"
#include "reconcile/redundancy.h"

namespace cmd {

inline constexpr int kWithoutSchema = 1;

/// The part of a status that redundancy is about: paths and discovery services. What is unreadable is left out.
reconcile::Status paths_and_services(const Json& status);

/// An address (all its portals), ADDR:PORT (one portal), a discovery service's host name, or a local interface. kNotFound,
/// naming what is near, where nothing goes there: "safe" to a typing error would be a lie.
base::Result<std::vector<reconcile::Removal>> parse_removal(const std::string& text, const Json& status);

/// "schema", "without" (as asked), "safe", and the lists of reconcile::Losses.
Json losses_json(const reconcile::Losses& losses, const std::vector<std::string>& names);
std::string losses_text(const reconcile::Losses& losses, const std::vector<std::string>& names, bool colour);

}  // namespace cmd
