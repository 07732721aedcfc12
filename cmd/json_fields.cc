// Every lookup goes through one function; a missing object is as good as an empty one.
#include "cmd/json_fields.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "cmd/verdict.h"

namespace cmd {
namespace {

const Json* field(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it == object.end() ? nullptr : &*it;
}

}  // namespace

std::string raw_text(const Json& object, const char* key) {
  const Json* value = field(object, key);
  if (value == nullptr) return {};
  if (value->is_string()) return value->get<std::string>();
  if (value->is_number_integer()) return value->dump();
  return {};
}

std::string text_of(const Json& object, const char* key) { return base::printable(raw_text(object, key), 1024); }

bool flag_of(const Json& object, const char* key) {
  const Json* value = field(object, key);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

std::optional<double> some_number(const Json& object, const char* key) {
  const Json* value = field(object, key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

double number_of(const Json& object, const char* key) { return some_number(object, key).value_or(0.0); }

const Json& list_of(const Json& object, const char* key) {
  static const Json kNothing = Json::array();
  const Json* value = field(object, key);
  return value != nullptr && value->is_array() ? *value : kNothing;
}

const Json& object_of(const Json& object, const char* key) {
  static const Json kNothing = Json::object();
  const Json* value = field(object, key);
  return value != nullptr && value->is_object() ? *value : kNothing;
}

std::string portal_of(const Json& item) {
  std::string address = text_of(item, "traddr");
  if (address.find(':') != std::string::npos) address = "[" + address + "]";
  std::string out = address + ":" + text_of(item, "trsvcid");
  if (const std::string from = text_of(item, "host_traddr"); !from.empty()) out += " from " + from;
  if (const std::string via = text_of(item, "host_iface"); !via.empty()) out += " via " + via;
  return out;
}

std::string age_of(double seconds) {
  // A JSON that is not ours may hold anything: bounded to 100 years before it becomes a duration.
  const double bounded = std::clamp(seconds, 0.0, 3.2e9);
  return about(std::chrono::milliseconds(static_cast<std::int64_t>(bounded * 1000.0)));
}

std::string hold_text(const Json& item) {
  const Json& hold = object_of(item, "hold");
  std::string out = text_of(hold, "reason");
  if (out.empty()) return out;
  std::string detail = text_of(hold, "detail");
  if (detail.empty()) detail = text_of(item, "last_error");
  if (!detail.empty()) out += ": " + detail;
  if (const auto until = some_number(hold, "until_seconds")) out += "; next try in " + age_of(*until);
  return out;
}

}  // namespace cmd
