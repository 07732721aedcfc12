// HTTP statuses and metav1.Status bodies in this project's words.
#include "kube/api.h"

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace kube {

using base::ErrorKind;

namespace {

constexpr std::size_t kMessageShown = 400;  // admission web hooks write essays

ErrorKind kind_of(int status) {
  switch (status) {
    case 400: case 413: case 415: case 422: return ErrorKind::kInvalid;
    case 401: case 403: return ErrorKind::kDenied;
    case 404: case 410: return ErrorKind::kNotFound;
    case 409: case 429: case 503: return ErrorKind::kBusy;
    default: return ErrorKind::kStatus;
  }
}

std::string message_of(std::string_view body) {
  const nlohmann::json status = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (status.is_object()) {
    const auto message = status.find("message");
    if (message != status.end() && message->is_string()) return message->get<std::string>();
  }
  return std::string(base::trim(body.substr(0, kMessageShown)));
}

}  // namespace

std::string_view to_string(Verb verb) {
  switch (verb) {
    case Verb::kGet: return "GET";
    case Verb::kPost: return "POST";
    case Verb::kPatch: return "PATCH";
  }
  return "GET";
}

std::string to_string(const Request& request) {
  return std::string(to_string(request.verb)) + " " + request.path.substr(0, request.path.find('?'));
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                       c == '_' || c == '~';
    if (plain) out += c;
    else out += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return out;
}

base::Error api_error(const Request& request, int status, std::string_view body) {
  const std::string message = base::printable(message_of(body), kMessageShown);
  base::Error error;
  error.kind = kind_of(status);
  error.code = status;
  error.message = to_string(request) + ": HTTP " + std::to_string(status) + (message.empty() ? "" : ": " + message);
  return error;
}

}  // namespace kube
