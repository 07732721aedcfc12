// Reading JSON that is not trusted to have any field, or fields of the right type: a wrong one is an empty one.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace cmd {

using Json = nlohmann::ordered_json;

/// The text as it is, or an integer's digits, or nothing.
std::string raw_text(const Json& object, const char* key);
/// raw_text() made printable ASCII for a terminal.
std::string text_of(const Json& object, const char* key);
bool flag_of(const Json& object, const char* key);
double number_of(const Json& object, const char* key);
/// The number, if there is one.
std::optional<double> some_number(const Json& object, const char* key);
/// The array there, or an empty one.
const Json& list_of(const Json& object, const char* key);
/// The object there, or an empty one.
const Json& object_of(const Json& object, const char* key);

/// "10.0.0.1:4420", "[fd00::1]:4420 from fd00::9 via eth0", from traddr, trsvcid, host_traddr and host_iface.
std::string portal_of(const Json& item);
/// "3 s" from a number of seconds; whatever the number is.
std::string age_of(double seconds);
/// "backoff: Connection refused; next try in 3 s" from `hold`, and `last_error` where the hold has no detail; "" without one.
std::string hold_text(const Json& item);

}  // namespace cmd
