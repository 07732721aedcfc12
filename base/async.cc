// Sleeping on the loop; everything else in async.h is a template.
#include "base/async.h"

#include <asio/experimental/as_tuple.hpp>

namespace base {

Task<void> sleep_for(Duration duration) {
  const asio::any_io_executor loop = co_await asio::this_coro::executor;
  asio::steady_timer timer(loop, duration);
  // The error code (expired or cancelled) is of no interest: both mean "go on".
  co_await timer.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
}

}  // namespace base
