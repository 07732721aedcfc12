// The life of one discovery session: up, log page, then again whenever there is a reason, until it ends.
#include "nvme/session.h"

#include <asio/experimental/as_tuple.hpp>

#include "nvme/association.h"

namespace nvme {
namespace {

using base::ErrorKind;

constexpr auto kShutdownLimit = std::chrono::milliseconds{500};

}  // namespace

/// Owned by the Session and by its coroutines: they outlive it for as long as the loop needs to end them.
struct Session::State {
  State(asio::any_io_executor executor, SessionOptions session_options, SessionEvents session_events)
      : loop(std::move(executor)),
        options(std::move(session_options)),
        events(std::move(session_events)),
        association(std::make_shared<Association>(loop, options)),
        reason(loop),
        beat(loop) {}

  static base::Task<void> run(std::shared_ptr<State> self);
  static base::Task<void> keep_alive(std::shared_ptr<State> self);
  static base::Task<void> shut_down(std::shared_ptr<State> self);

  /// Calls a copy: the callee may destroy the Session, and with it the function it runs in.
  template <class... Arguments, class... Values>
  void tell(std::function<void(Arguments...)> callback, Values&&... values) {
    if (callback) callback(std::forward<Values>(values)...);
  }
  void look_again() {
    dirty = true;
    reason.cancel();
  }
  void begin_watching();
  /// The end, once: nothing is told after on_down.
  void down(base::Error error);
  base::Error cancelled() const;

  asio::any_io_executor loop;
  SessionOptions options;
  SessionEvents events;
  std::shared_ptr<Association> association;
  ControllerInfo info{};
  asio::steady_timer reason;  ///< cancelled: there is something to do
  asio::steady_timer beat;    ///< until the next Keep Alive
  bool up{false};
  bool dirty{true};     ///< the log page is to be read (again)
  bool stopping{false};
  bool over{false};
};

base::Error Session::State::cancelled() const {
  return base::Error{.kind = ErrorKind::kCancelled,
                     .message = host_port(options.address.traddr, options.address.trsvcid) + ": stopped here"};
}

void Session::State::down(base::Error error) {
  if (over) return;
  over = true;
  association->close();
  reason.cancel();
  beat.cancel();
  const SessionEvents last = std::exchange(events, {});
  if (last.on_down) last.on_down(stopping ? cancelled() : std::move(error));
}

void Session::State::begin_watching() {
  AdminQueue& queue = association->queue();
  // The queue forgets these when it ends, and it ends with the session: they never outlive *this.
  queue.on_end([this] { reason.cancel(); });
  if (!info.log_change_events) return;
  queue.watch_events(
      [this](std::uint32_t event) {
        look_again();
        tell(events.on_event, event);
      },
      [this](const base::Error&) {
        if (stopping) return;  // a controller that shuts down completes it with an error
        info.log_change_events = false;
        if (up) tell(events.on_up, std::as_const(info));
      });
}

base::Task<void> Session::State::run(std::shared_ptr<State> self) {
  base::Result<ControllerInfo> established = co_await Association::establish(self->association, true);
  if (self->over) co_return;
  if (!established || self->stopping) {
    self->down(established ? self->cancelled() : established.error());
    co_return;
  }
  self->info = *std::move(established);
  self->begin_watching();
  self->up = true;
  self->tell(self->events.on_up, std::as_const(self->info));
  if (self->over) co_return;
  if (self->info.kato > std::chrono::milliseconds::zero()) asio::co_spawn(self->loop, keep_alive(self), asio::detached);

  while (!self->over) {
    if (const std::optional<base::Error>& ended = self->association->queue().ended()) {
      self->down(*ended);
      co_return;
    }
    if (!self->dirty || self->stopping) {
      self->reason.expires_at(base::kNever);
      co_await self->reason.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
      continue;
    }
    self->dirty = false;  // before the read: an event during it asks for another
    base::Result<LogPage> page = co_await Association::read_log(self->association);
    if (self->over || self->stopping) continue;
    if (!page) {
      self->down(page.error());
      co_return;
    }
    self->tell(self->events.on_log, *std::move(page));
  }
}

base::Task<void> Session::State::keep_alive(std::shared_ptr<State> self) {
  const base::Duration period = self->info.kato / 2;
  base::TimePoint next = base::Clock::now() + period;
  while (true) {
    self->beat.expires_at(next);
    co_await self->beat.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
    if (self->over || self->stopping) co_return;
    next = base::Clock::now() + period;  // from the sending, whenever the answer comes
    const base::Result<std::chrono::nanoseconds> answered = co_await Association::keep_alive(self->association);
    if (self->over || self->stopping) co_return;
    if (!answered) {
      self->down(answered.error());
      co_return;
    }
    self->tell(self->events.on_keep_alive, *answered);
    if (self->over) co_return;
  }
}

base::Task<void> Session::State::shut_down(std::shared_ptr<State> self) {
  if (self->association->enabled()) co_await Association::shut_down(self->association, kShutdownLimit);
  self->down(self->cancelled());
}

Session::Session(asio::any_io_executor loop, SessionOptions options, SessionEvents events)
    : state_(std::make_shared<State>(loop, std::move(options), std::move(events))) {
  asio::co_spawn(loop, State::run(state_), asio::detached);
}

Session::~Session() {
  state_->events = {};
  state_->down(state_->cancelled());
}

void Session::reread() { state_->look_again(); }

void Session::stop() {
  if (state_->stopping || state_->over) return;
  state_->stopping = true;
  state_->beat.cancel();
  asio::co_spawn(state_->loop, State::shut_down(state_), asio::detached);
}

base::Task<base::Result<LogPage>> discover(SessionOptions options, ControllerInfo* info) {
  // Closes the socket also when the caller gives up in the middle.
  struct Closer {
    std::shared_ptr<Association> association;
    ~Closer() { association->close(); }
  };
  const asio::any_io_executor loop = co_await asio::this_coro::executor;
  options.kato = std::chrono::milliseconds::zero();
  const Closer closer{std::make_shared<Association>(loop, std::move(options))};
  const base::Result<ControllerInfo> established = co_await Association::establish(closer.association, false);
  if (!established) co_return base::Failure(established.error());
  if (info != nullptr) *info = *established;
  base::Result<LogPage> page = co_await Association::read_log(closer.association);
  if (page) co_await Association::shut_down(closer.association, kShutdownLimit);
  co_return page;
}

}  // namespace nvme
