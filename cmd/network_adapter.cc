// getaddrinfo and preflight, with their outcomes as values.
#include "cmd/network_adapter.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/async.h"
#include "base/text.h"
#include "cmd/signals.h"
#include "nvme/preflight.h"

namespace cmd {
namespace {

constexpr std::size_t kResolverThreads = 4;  // names behind a dead server must not hold up those behind a live one

std::optional<nvme::IpAddress> address_of(const sockaddr& any) {
  if (any.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &any, sizeof in);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return nvme::IpAddress::v4(bytes);
  }
  if (any.sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 in6{};
  std::memcpy(&in6, &any, sizeof in6);
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &in6.sin6_addr, bytes.size());
  std::array<char, IF_NAMESIZE> zone{};
  const bool scoped = in6.sin6_scope_id != 0 && ::if_indextoname(in6.sin6_scope_id, zone.data()) != nullptr;
  return nvme::IpAddress::v6(bytes, scoped ? std::string(zone.data()) : std::string());
}

}  // namespace

base::Result<std::vector<nvme::IpAddress>> resolve_host(const std::string& host) {
  if (base::Result<nvme::IpAddress> literal = nvme::IpAddress::parse(host)) return std::vector{*literal};
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const std::string name = "host name " + base::printable(host);
  if (failed == EAI_NONAME || failed == EAI_NODATA || failed == EAI_ADDRFAMILY) {
    return base::fail(base::ErrorKind::kNotFound, name + ": no such name, or it has no address");
  }
  if (failed != 0) return base::fail(base::ErrorKind::kUnreachable, name + ": " + ::gai_strerror(failed));
  std::vector<nvme::IpAddress> out;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    const std::optional<nvme::IpAddress> address = address_of(*each->ai_addr);
    if (address && std::ranges::find(out, *address) == out.end()) out.push_back(*address);
  }
  ::freeaddrinfo(found);
  if (out.empty()) return base::fail(base::ErrorKind::kNotFound, name + ": it has no address");
  return out;
}

NetworkAdapter::~NetworkAdapter() {
  if (resolvers_) resolvers_->join();
}

void NetworkAdapter::probe(const nvme::TransportId& portal, const nvme::PreflightOptions& options) {
  auto done = [this, portal](const std::exception_ptr&, base::Result<std::chrono::nanoseconds> result) {
    inbox_->probed(portal, std::move(result));
  };
  asio::co_spawn(loop_, nvme::preflight(portal, options), std::move(done));
}

void NetworkAdapter::resolve(const std::string& host) {
  if (!resolvers_) resolvers_ = make_workers(kResolverThreads);
  ++resolving_;
  auto work = [this, host] {
    base::Result<std::vector<nvme::IpAddress>> found = resolve_host(host);
    --resolving_;
    return found;
  };
  auto done = [this, host](base::Result<std::vector<nvme::IpAddress>> found) { inbox_->resolved(host, std::move(found)); };
  base::run_on(*resolvers_, loop_.get_executor(), std::move(work), std::move(done));
}

}  // namespace cmd
