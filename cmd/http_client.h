// One GET to the agent on this host, with a deadline. Blocks; for commands only.
#pragma once

#include <chrono>
#include <string>

#include "base/error.h"
#include "cmd/http_address.h"

namespace cmd {

struct HttpReply {
  int status{0};
  std::string body{};
};
/// kRefused, kTimeout… name the address; kProtocol for an answer that is no HTTP.
base::Result<HttpReply> http_get(const HttpAddress& address, const std::string& path, std::chrono::milliseconds deadline);

}  // namespace cmd
