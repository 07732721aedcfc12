// What the HTTP server says: probes and metrics to all, status, history and profiles to this host only. Knows one snapshot, and when the
// loop last moved; asks nobody.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>

#include "base/time.h"
#include "cmd/http_server.h"
#include "reconcile/status.h"

namespace cmd {

/// The loop beats, any thread listens.
class Heartbeat {
 public:
  void beat(base::TimePoint now) { last_.store(now.time_since_epoch().count()); }
  base::Duration silence(base::TimePoint now) const { return now.time_since_epoch() - base::Duration(last_.load()); }

 private:
  std::atomic<base::Duration::rep> last_{base::Clock::now().time_since_epoch().count()};
};

inline constexpr base::Duration kBeat = std::chrono::seconds(1);
/// The loop does nothing that blocks; ten missed beats mean it hangs, and only a restart helps.
inline constexpr base::Duration kLivenessLimit = std::chrono::seconds(10);

class Site {
 public:
  Site(std::shared_ptr<const Heartbeat> heartbeat, bool metrics, bool profiling = false);
  ~Site();

  // All on the server's first thread.
  void publish(reconcile::StatusPtr status);
  void stopping() { stopping_ = true; }
  std::variant<HttpResponse, HttpRender> answer(const HttpRequest& request);

 private:
  struct Rendered;  // owned by the second thread
  enum LongAnswer : std::uint8_t { kMetrics, kStatus, kEvents };
  static constexpr std::size_t kLongAnswers = 3;
  HttpRender render(LongAnswer which) const;
  HttpResponse profile(const HttpRequest& request) const;

  std::shared_ptr<const Heartbeat> heartbeat_;
  const bool metrics_;
  const bool profiling_;
  bool stopping_{false};
  reconcile::StatusPtr status_{};
  base::TimePoint published_{};
  std::shared_ptr<Rendered> rendered_;
};

}  // namespace cmd
