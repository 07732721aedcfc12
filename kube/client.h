// An Api over HTTPS: cpp-httplib with the cluster's CA, the pod's token, time-outs and a limit on every answer.
// One connection a call: calls are rare, and nothing idles or outlives a rotated CA or token. Retries nothing but a 401
// for which the token file has a newer token.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "kube/api.h"
#include "kube/cluster_access.h"

namespace kube {

struct ClientOptions {
  std::string user_agent{"discovery-client"};
  std::chrono::milliseconds connect_timeout{2000};  ///< TCP; the API server is a hop or two away
  std::chrono::milliseconds read_timeout{5000};     ///< between two pieces of an answer, and for TLS's own round trips
  std::chrono::milliseconds deadline{10000};        ///< for an answer that trickles
  std::size_t answer_limit{4U << 20U};              ///< a Node with 50 images and 100 volumes is some 100 KB
  std::function<base::TimePoint()> clock{&base::Clock::now};
};

/// Calls block for up to connect_timeout + read_timeout + deadline, and where the host is a name for as long as the
/// resolver takes. The calling thread must have SIGPIPE blocked or
/// ignored. Never logs; no error it returns holds the token.
class Client final : public Api {
 public:
  explicit Client(ClusterAccess access, ClientOptions options = {});
  Answer send(const Request& request) override;

 private:
  Answer ask(const Request& request, const base::Secret& token) const;

  const ClusterAccess access_;
  const ClientOptions options_;
  TokenFile token_;
};

}  // namespace kube
