// The snapshot as JSON, schema 1: documented in docs/status.md, read by `status`, by scripts and by the page.
// Fields are added, never renamed or removed, within a schema number. Bytes that are not UTF-8 are replaced.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "reconcile/status.h"

namespace cmd {

inline constexpr int kStatusSchema = 1;

/// Every duration in it is in seconds, relative to `status.now` shifted by `elapsed` (how old the snapshot is).
nlohmann::ordered_json status_json(const reconcile::Status& status, base::Duration elapsed = {});
/// /events: the last changes alone, oldest first, in the words of status_json.
nlohmann::ordered_json events_json(const reconcile::History& history);
/// Text for the wire: hostile bytes become U+FFFD.
std::string dump(const nlohmann::ordered_json& json, int indent = 2);

}  // namespace cmd
