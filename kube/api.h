// What is asked of a Kubernetes API server and what comes back, as values. The one boundary that tests replace.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

namespace kube {

enum class Verb : std::uint8_t { kGet, kPost, kPatch };
std::string_view to_string(Verb verb);

/// Content types of bodies (Kubernetes API conventions, "Patch operations").
inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kJsonPatch = "application/json-patch+json";
inline constexpr std::string_view kMergePatch = "application/merge-patch+json";
inline constexpr std::string_view kStrategicMergePatch = "application/strategic-merge-patch+json";
/// Asks for names and labels only, where the server can (since 1.15): a Node with its images is some 50 KB.
inline constexpr std::string_view kMetadataOnly =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
inline constexpr std::string_view kMetadataListOnly =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

struct Request {
  Verb verb{Verb::kGet};
  std::string path{};                      ///< "/api/v1/nodes/worker-1?fieldManager=…", already percent-encoded
  std::string body{};
  std::string_view content_type{};         ///< of `body`; a constant from above
  std::string_view accept{kJson};
  friend bool operator==(const Request&, const Request&) = default;
};
/// "PATCH /api/v1/nodes/worker-1/status", without the query: for logs.
std::string to_string(const Request& request);

/// `body`: the answer's text, or an error. `code` of the error is the HTTP status, 0 where there was no answer:
/// kDenied 401 and 403, kNotFound 404 and 410, kBusy 409, 429 and 503, kInvalid 400, 413, 415 and 422, kStatus any other
/// status; without an answer kRefused, kUnreachable, kTimeout, kClosed, kNotFound (no token, name does not resolve),
/// kProtocol (TLS, or more bytes than the limit). `message` holds the API's own words, never a credential.
struct Answer {
  base::Result<std::string> body{};
  base::Duration retry_after{};            ///< the server asked for that much peace (429, 503); 0: it did not
};

/// One question at a time; blocks for a bounded time. Called on one thread only.
class Api {
 public:
  Api() = default;
  virtual ~Api() = default;
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;
  virtual Answer send(const Request& request) = 0;
};

/// Unreserved characters stay, the rest becomes %XX (RFC 3986, 2.3).
std::string percent_encoded(std::string_view text);

/// The error for an HTTP status of 300 and above: kind as above, the `message` of a metav1.Status body or what else the
/// body begins with.
base::Error api_error(const Request& request, int status, std::string_view body);

}  // namespace kube
