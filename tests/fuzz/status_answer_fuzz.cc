// Any JSON as the agent's /status and /events: whatever answers at that port, the commands print, and print no control bytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "cmd/events.h"
#include "cmd/json_fields.h"
#include "cmd/status_table.h"
#include "cmd/why.h"
#include "cmd/without.h"
#include "cmd/yaml_text.h"

namespace {

void expect_plain(const std::string& text) {
  if (!std::ranges::all_of(text, [](char c) { return c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f'); })) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const cmd::Json json = cmd::Json::parse(std::string(data + 1, data + size), nullptr, false);
  if (json.is_discarded() || !json.is_object()) return 0;
  expect_plain(cmd::status_table(json, {.wide = (data[0] & 1) != 0}));
  cmd::yaml_text(json);
  cmd::NewEvents seen;
  expect_plain(cmd::events_table(seen.in(json), false));
  for (const std::string asked : {"10.0.0.1", "10.0.0.1:4420", "nqn.a"}) {
    const cmd::WhySubject subject{.asked = asked};
    const cmd::WhyInput input{.status = json};
    if (const auto why = cmd::why_json(subject, input)) expect_plain(cmd::why_text(*why, false));
    else if (why.error().message.empty()) std::abort();
    if (const auto removals = cmd::parse_removal(asked, json)) {
      const reconcile::Losses losses = reconcile::losses_without(cmd::paths_and_services(json), *removals);
      expect_plain(cmd::losses_text(losses, {asked}, false));
      cmd::losses_json(losses, {asked});
    }
  }
  return 0;
}
