// Where the API server is and as whom we ask it, as every pod is told: two environment variables and three files.
// Refuses kubeconfig files: the agent runs in a pod or without Kubernetes.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/secret.h"
#include "base/time.h"

namespace kube {

/// Where kubelet projects token, ca.crt and namespace.
inline constexpr const char* kServiceAccountDir = "/var/run/secrets/kubernetes.io/serviceaccount";

struct ClusterAccess {
  std::string host{};         ///< an address without brackets, or a name
  int port{443};
  std::string ca_file{};
  std::string token_file{};
  std::string name_space{};   ///< of our pod; empty: the file is not there
};
/// "10.96.0.1:443", "[fd00::1]:443": the Host header and what people read.
std::string to_string(const ClusterAccess& access);

/// Looks up an environment variable (config::Environment's shape); nothing where it is not set.
using Lookup = std::function<std::optional<std::string>(const std::string&)>;

/// Nothing, without an error, outside a pod: no KUBERNETES_SERVICE_HOST, or no token file
/// (automountServiceAccountToken: false): Kubernetes is off then. kInvalid for a port that is none.
base::Result<std::optional<ClusterAccess>> find_cluster(const Lookup& environment, const std::string& dir = kServiceAccountDir);

/// A token that is replaced on disk before it expires (kubelet does so at 80 % of its life). Read again when a minute
/// has passed, as client-go does, or at once after refused(); a file that can't be read leaves the last one in use.
class TokenFile {
 public:
  explicit TokenFile(std::string path) : path_(std::move(path)) {}
  /// kNotFound and others of base::read_file where there has never been one; kInvalid for a file that holds no token.
  base::Result<base::Secret> token(base::TimePoint now);
  /// The server said 401: true where the file holds another token by now, so that asking again makes sense.
  bool refused(base::TimePoint now);

 private:
  base::Result<base::Secret> read() const;

  std::string path_;
  base::Secret token_{};
  base::TimePoint read_at_{};
};

}  // namespace kube
