// What `plan` found, for people and for programs. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nvme/fabrics.h"
#include "reconcile/status.h"

namespace cmd {

/// The JSON of /status, each path with an `action` as below.
nlohmann::ordered_json status_with_actions(const reconcile::Status& status, const std::vector<nvme::ConnectOptions>& noted);
/// `noted`: what would have been written to the kernel, in order. Each path has an `action`: "connect" (now), "wait"
/// (not now: its hold says why), "none" (live).
nlohmann::ordered_json plan_json(const reconcile::Status& status, const std::vector<nvme::ConnectOptions>& noted, bool settled);
std::string plan_text(const nlohmann::ordered_json& plan, bool colour);
/// 0: nothing to do; 2: something to do, now or later.
int plan_exit_status(const nlohmann::ordered_json& plan);

}  // namespace cmd
