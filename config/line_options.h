// The options that a discovery.d line may hold: one table, one row per option.
// Names and letters are nvme-cli's (`nvme connect --help`, `nvme discover --help`, 2.x) and the seed's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/endpoint_spec.h"

namespace config {

/// A line on its way to becoming an endpoint.
struct LineDraft {
  EndpointSpec spec{};
  std::optional<std::uint16_t> address_port{};  ///< from `-a host:port`, as the seed's README shows it
  std::string foreign_transport{};              ///< "rdma", "fc"…: the line is somebody else's
};

struct LineOption {
  std::string_view name;   ///< without dashes; '-' and '_' are the same
  std::string_view alias;  ///< a second name, or empty
  char letter;             ///< '\0': none
  bool takes_value;
  /// Empty: taken. Else what is wrong with the value; never shows a secret. Null: accepted without any
  /// effect.
  std::string (*set)(LineDraft& draft, std::string_view value);
  std::string_view ignored;  ///< for a null `set`: the warning, empty where none is needed
};

std::span<const LineOption> line_options();
const LineOption* find_line_option(std::string_view long_name);
const LineOption* find_line_option(char letter);
/// "--name", of the known option that `word` was probably meant to be; empty: none is near.
std::string nearest_line_option(std::string_view word);

}  // namespace config
