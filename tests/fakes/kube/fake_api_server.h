// A FakeCluster behind HTTPS on loopback, with a certificate authority made at start and the files of a service account
// in a temporary folder, as kubelet mounts them.
#pragma once

#include <memory>
#include <string>

#include "kube/cluster_access.h"
#include "tests/fakes/kube/fake_cluster.h"

namespace fakes {

/// A temporary folder, gone with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  /// Writes `name` in the folder; the path.
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::string path_{};
};

/// PEM of a new certificate authority that signed nothing: the wrong one.
std::string unrelated_ca();

struct FakeApiServerOptions {
  std::string address{"127.0.0.1"};
  std::string certificate_for{"IP:127.0.0.1"};  ///< subjectAltName
  std::string token{"token-1"};                 ///< the one that is taken; others get 401
};

class FakeApiServer {
 public:
  explicit FakeApiServer(FakeCluster& cluster, FakeApiServerOptions options = {});
  ~FakeApiServer();  ///< stops listening
  FakeApiServer(const FakeApiServer&) = delete;
  FakeApiServer& operator=(const FakeApiServer&) = delete;

  /// As find_cluster() would return it in a pod.
  kube::ClusterAccess access() const;
  const TemporaryFolder& account() const;
  /// From now on this token counts; the file is the caller's to write.
  void accept_token(const std::string& token);
  int port() const;  ///< not positive: the address is not one of this machine

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fakes
