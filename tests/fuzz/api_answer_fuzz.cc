// Any bytes as an answer of the Kubernetes API server: a Node, a list of Nodes, an error with its Status. What is read from
// it goes back only as valid JSON, and its words reach logs only as one printable line.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "kube/objects.h"

namespace {

bool is_json(const std::string& text) { return nlohmann::json::accept(text); }
bool printable(const std::string& text) { return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string body(data + 1, data + size);
  if (const auto node = kube::parse_node(body)) {
    if (node->taint_index && !is_json(kube::remove_taint("node", *node).body)) std::abort();
    const kube::Condition condition{.status = kube::ConditionStatus::kTrue, .reason = "PathsMissing", .message = body};
    if (!is_json(kube::patch_condition("node", condition, node->condition_since, {}).body)) std::abort();
  } else if (node.error().message.empty()) {
    std::abort();
  }
  if (const auto names = kube::parse_node_names(body)) {
    for (const std::string& name : *names) {
      if (name.empty()) std::abort();
      const std::string path = kube::get_node(name).path;
      if (!std::ranges::all_of(path, [](char c) { return c > ' ' && c <= '~' && c != '?' && c != '#'; })) std::abort();
    }
  }
  const int status = 300 + data[0];
  const base::Error error = kube::api_error(kube::get_node("node"), status, body);
  if (error.code != status || !printable(error.message)) std::abort();
  kube::wants_kube_system(error);
  const std::string note = kube::clean_text(body, kube::kNoteLimit);
  if (note.size() > kube::kNoteLimit || !is_json(nlohmann::json(note).dump(-1, ' ', false, nlohmann::json::error_handler_t::strict))) std::abort();
  const kube::Event event{.reason = kube::EventReason::kEntryRefused, .note = body};
  if (!is_json(kube::create_event(kube::EventNamespace::kDefault, "node", "name", event, {}).body)) std::abort();
  return 0;
}
