// Tells the cluster what snapshots say, on one worker thread of the owner's. Statuses in, calls to the API out; nothing
// in the agent waits for it, and what it can't send it forgets.
#pragma once

#include <asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "kube/api.h"
#include "kube/outbox.h"
#include "kube/report_plan.h"
#include "reconcile/status.h"

namespace kube {

struct Moment {
  base::TimePoint now{};
  base::WallTime wall{};
};
Moment this_moment();

/// The callbacks run on the worker thread and must not block.
struct ReporterOptions {
  OutboxSettings outbox{};                                                  ///< outbox.node must be set
  ReportSettings report{};
  std::function<void(const std::map<std::string, std::string>&)> on_labels{};  ///< our Node's, at first and when they changed
  std::function<void(const std::string& why)> on_no_labels{};                ///< where the first try to read them failed; they may still come
  std::function<void(const Note&)> on_note{};
  std::function<Moment()> clock{&this_moment};
  std::uint64_t seed{0};                                                    ///< of jitter, with the node's name: another one in each process
};

/// One call a step. No thread of its own, so that tests run it in virtual time.
class ReportLoop {
 public:
  ReportLoop(Api& api, ReporterOptions options);
  void see(reconcile::StatusPtr status);
  /// Plans what is new, makes at most one call (which blocks as long as the Api does) and says when to come again:
  /// a time that has come means at once, base::kNever with the next see().
  base::TimePoint step();

 private:
  void plan(const Moment& at);
  void deliver();

  Api& api_;
  const ReporterOptions options_;
  Outbox outbox_;
  ReportMemory memory_{};
  reconcile::StatusPtr status_{};
  bool unseen_{false};
  ClusterFacts planned_with_{};
  base::TimePoint plan_at_{base::kNever};
};

/// ReportLoop on an executor.
class Reporter {
 public:
  /// `worker` runs one handler at a time on one thread (an asio::thread_pool(1)) that has SIGPIPE blocked or ignored.
  /// Nothing is sent before the first publish().
  Reporter(asio::any_io_executor worker, std::unique_ptr<Api> api, ReporterOptions options);
  /// As stop(). Joining the worker then waits for the call under way: see Client for how long that can take. The
  /// executor must outlive the Reporter.
  ~Reporter();
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  /// From any thread, never blocks: the newest one wins, older ones that were not seen yet are forgotten.
  void publish(reconcile::StatusPtr status);
  /// No further call begins. One under way ends as it does, and may still call back until the worker is joined.
  void stop();
  /// The worker is at it. False after stop(): it will not be again, and joining it returns at once.
  bool busy() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kube
