// Tokens are never longer than a few KB and never hold what a header line could not.
#include "kube/cluster_access.h"

#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"

namespace kube {
namespace {

using std::chrono_literals::operator""min;

constexpr base::Duration kTokenAge = 1min;          // client-go's cachingTokenSource period
constexpr std::size_t kTokenLimit = 64U << 10U;     // tokens are 1 to 2 KB
constexpr std::size_t kNamespaceLimit = 1024;

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

std::string to_string(const ClusterAccess& access) {
  const bool v6 = access.host.find(':') != std::string::npos;
  return (v6 ? "[" + access.host + "]" : access.host) + ":" + std::to_string(access.port);
}

base::Result<std::optional<ClusterAccess>> find_cluster(const Lookup& environment, const std::string& dir) {
  const std::optional<std::string> host = environment("KUBERNETES_SERVICE_HOST");
  if (!host || host->empty()) return std::nullopt;
  ClusterAccess access;
  access.host = *host;
  if (access.host.size() > 2 && access.host.front() == '[' && access.host.back() == ']') {
    access.host = access.host.substr(1, access.host.size() - 2);
  }
  const std::string port = environment("KUBERNETES_SERVICE_PORT").value_or("443");
  const std::optional<std::int64_t> number = base::parse_int(port, 1, 65535);
  if (!number) {
    return base::fail(base::ErrorKind::kInvalid, "KUBERNETES_SERVICE_PORT is no port: " + base::printable(port, 40));
  }
  access.port = static_cast<int>(*number);
  access.ca_file = dir + "/ca.crt";
  access.token_file = dir + "/token";
  if (::access(access.token_file.c_str(), F_OK) != 0) return std::nullopt;
  if (base::Result<std::string> text = base::read_file(dir + "/namespace", kNamespaceLimit)) {
    access.name_space = std::string(base::trim(*text));
  }
  return access;
}

base::Result<base::Secret> TokenFile::read() const {
  base::Result<std::string> text = base::read_file(path_, kTokenLimit);
  if (!text) return base::Failure(std::move(text.error()).with_context("service account token"));
  const std::string_view token = base::trim(*text);
  if (!is_token(token)) return base::fail(base::ErrorKind::kInvalid, path_ + " holds no service account token");
  return base::Secret(std::string(token));
}

base::Result<base::Secret> TokenFile::token(base::TimePoint now) {
  if (!token_.empty() && now - read_at_ < kTokenAge) return token_;
  base::Result<base::Secret> fresh = read();
  if (!fresh && token_.empty()) return fresh;
  if (fresh) token_ = std::move(*fresh);
  read_at_ = now;
  return token_;
}

bool TokenFile::refused(base::TimePoint now) {
  base::Result<base::Secret> fresh = read();
  if (!fresh || *fresh == token_) return false;
  token_ = std::move(*fresh);
  read_at_ = now;
  return true;
}

}  // namespace kube
