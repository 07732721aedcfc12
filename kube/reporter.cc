// A mailbox of one (an atomic pointer), a timer, and the loop's steps between them.
#include "kube/reporter.h"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <utility>

namespace kube {

Moment this_moment() { return {base::Clock::now(), base::wall_now()}; }

ReportLoop::ReportLoop(Api& api, ReporterOptions options)
    : api_(api), options_(std::move(options)), outbox_(options_.outbox, options_.seed ^ std::hash<std::string>{}(options_.outbox.node)) {}

void ReportLoop::see(reconcile::StatusPtr status) {
  status_ = std::move(status);
  unseen_ = true;
}

void ReportLoop::plan(const Moment& at) {
  PlannedReports planned = plan_reports(std::move(memory_), status_, outbox_.facts(), options_.report, at.now);
  memory_ = std::move(planned.memory);
  plan_at_ = planned.plan.wake_at;
  planned_with_ = outbox_.facts();
  unseen_ = false;
  outbox_.want(planned.plan, at.now, at.wall);
}

void ReportLoop::deliver() {
  for (const Note& note : outbox_.take_notes()) {
    if (options_.on_note) options_.on_note(note);
  }
  const std::string why = outbox_.take_labels_failure();
  if (!why.empty() && options_.on_no_labels) options_.on_no_labels(why);
  const auto labels = outbox_.take_labels();
  if (labels && options_.on_labels) options_.on_labels(*labels);
}

base::TimePoint ReportLoop::step() {
  const Moment before = options_.clock();
  if (unseen_ || before.now >= plan_at_ || planned_with_ != outbox_.facts()) plan(before);
  const std::optional<Call> call = outbox_.next(before.now, before.wall);
  if (!call) {
    deliver();
    return std::min(plan_at_, outbox_.wake_at(before.now));
  }
  const Answer answer = api_.send(call->request);
  const Moment after = options_.clock();
  outbox_.finished(*call, answer, after.now, after.wall);
  deliver();
  return after.now;
}

struct Reporter::State : std::enable_shared_from_this<Reporter::State> {
  State(asio::any_io_executor worker, std::unique_ptr<Api> api_given, ReporterOptions options)
      : api(std::move(api_given)), clock(options.clock), loop(*api, std::move(options)), timer(std::move(worker)) {}
  ~State() { delete mailbox.load(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// Any thread.
  void look_soon() {
    if (look_posted.exchange(true)) return;
    asio::post(timer.get_executor(), [state = shared_from_this()] { state->look(); });
  }

  /// Worker thread.
  void look() {
    look_posted.store(false);
    busy.store(true);  // before `stopped` is read: whoever stops and then finds us idle may join
    if (!stopped.load()) look_once();
    busy.store(false);
  }

  void look_once() {
    if (const std::unique_ptr<reconcile::StatusPtr> mail{mailbox.exchange(nullptr)}) loop.see(std::move(*mail));
    const base::TimePoint again = loop.step();
    if (again == base::kNever) return;
    if (again <= clock().now) return look_soon();
    timer.expires_at(again);
    timer.async_wait([state = shared_from_this()](const asio::error_code& cancelled) {
      if (!cancelled) state->look();
    });
  }

  const std::unique_ptr<Api> api;
  const std::function<Moment()> clock;
  ReportLoop loop;
  asio::steady_timer timer;
  std::atomic<reconcile::StatusPtr*> mailbox{nullptr};
  std::atomic<bool> look_posted{false};
  std::atomic<bool> stopped{false};
  std::atomic<bool> busy{false};
};

Reporter::Reporter(asio::any_io_executor worker, std::unique_ptr<Api> api, ReporterOptions options)
    : state_(std::make_shared<State>(std::move(worker), std::move(api), std::move(options))) {}

Reporter::~Reporter() { stop(); }

void Reporter::publish(reconcile::StatusPtr status) {
  if (state_->stopped.load()) return;
  delete state_->mailbox.exchange(new reconcile::StatusPtr(std::move(status)));
  state_->look_soon();
}

void Reporter::stop() {
  if (state_->stopped.exchange(true)) return;
  asio::post(state_->timer.get_executor(), [state = state_] { state->timer.cancel(); });
}

bool Reporter::busy() const { return state_->busy.load(); }

}  // namespace kube
