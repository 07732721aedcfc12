// internal.json: the endpoints and last good log pages that outlive the agent, so that a restart while a service is
// down forgets nothing. A superset of the seed's file, which the seed can read. Corrupt: set aside, start from files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "config/diagnostic.h"
#include "nvme/address.h"
#include "nvme/log_page.h"

namespace config {

/// The referrer of endpoints that the seed remembered as referrals: it kept no more.
inline constexpr const char* kUnknownReferrer = "unknown";

struct RememberedEndpoint {
  nvme::TransportId transport{};
  std::string hostnqn{};
  std::string hostid{};
  std::string group{};
  std::string referrer{};               ///< "" for a configured one; else the referring endpoint's host_port
  int depth{0};                         ///< referrals away from a configured endpoint
  SourceLocation configured_at{};
  std::optional<nvme::LogPage> log{};   ///< the last good one
  base::WallTime log_read_at{};
  friend bool operator==(const RememberedEndpoint&, const RememberedEndpoint&) = default;
};

struct Remembered {
  std::vector<RememberedEndpoint> endpoints{};
  base::WallTime written_at{};
  bool by_the_seed{false};              ///< the seed wrote it: its freshness rule counts
  friend bool operator==(const Remembered&, const Remembered&) = default;
};

std::string encode_remembered(const Remembered& remembered);
/// kInvalid says where; nothing in the text is trusted. Reads the seed's file too, without its host names (they stand
/// in the files as well, and are resolved again). Bytes of log pages that are not UTF-8 come back as U+FFFD.
base::Result<Remembered> decode_remembered(std::string_view text);

struct LoadedRemembered {
  Remembered remembered{};
  std::vector<Diagnostic> diagnostics{};
};
/// Missing: empty. Corrupt: renamed to `path`.corrupt with a warning, empty.
LoadedRemembered load_remembered(const std::string& path);

/// SEED_README, "How is this list populated?": what the seed remembered counts only where its directory did not change
/// afterwards; else it is dropped, with a warning. `directory_changed`: its modification time; nothing: unknown, and
/// all stays. Files of our own are left alone: each endpoint says which line it came from.
void apply_freshness(LoadedRemembered& loaded, std::optional<base::WallTime> directory_changed);
/// The newest modification time of these directories; nothing where none is there.
std::optional<base::WallTime> changed_at(const std::vector<std::string>& directories);

base::Result<void> save_remembered(const std::string& path, const Remembered& remembered);

}  // namespace config
