// A loop, a target and a session whose events are remembered; tests wait for conditions with deadlines, never sleep.
#pragma once

#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nvme/session.h"
#include "tests/target/discovery_target.h"

namespace nvme::test {

inline constexpr auto kPatience = std::chrono::seconds{20};  // sanitizers on a busy machine

inline HostIdentity identity() {
  return {.hostnqn = Nqn::parse("nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555").value(),
          .hostid = HostId::parse("11111111-2222-3333-4444-555555555555").value()};
}

inline TransportId portal(const target::Address& address) {
  return {.traddr = IpAddress::parse(address.addr).value(), .trsvcid = address.port};
}

inline SessionOptions options_for(const target::Address& address) {
  return {.address = portal(address), .identity = identity()};
}

inline std::unique_ptr<target::DiscoveryTarget> start_target(target::TargetOptions options = {}) {
  auto started = target::DiscoveryTarget::start(std::move(options));
  if (!started) throw std::runtime_error(started.error());
  return *std::move(started);
}

inline std::vector<target::LogEntry> subsystems(std::size_t count) {
  std::vector<target::LogEntry> entries;
  entries.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    entries.push_back(target::tcp_subsystem("10.0." + std::to_string(i / 250 % 250) + "." + std::to_string(i % 250 + 1), 4420,
                                            "nqn.2024-01.com.example:storage:subsystem-" + std::to_string(i)));
  }
  return entries;
}

/// Runs the loop until `condition` holds; false when it still does not after kPatience.
inline bool run_until(asio::io_context& loop, const std::function<bool()>& condition,
                      base::Duration patience = kPatience) {
  const base::TimePoint deadline = base::Clock::now() + patience;
  while (!condition()) {
    if (base::Clock::now() >= deadline) return false;
    loop.restart();
    // Short turns: a condition may depend on the target's thread.
    loop.run_one_until(std::min(deadline, base::Clock::now() + std::chrono::milliseconds(5)));
  }
  return true;
}

/// Runs a task to its end on a loop of its own.
template <class T>
T run(base::Task<T> task) {
  asio::io_context loop;
  std::optional<T> result;
  std::exception_ptr thrown;
  asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error, T value) {
    thrown = error;
    if (!error) result = std::move(value);
  });
  loop.run();
  if (thrown) std::rethrow_exception(thrown);
  return *std::move(result);
}

/// A session and all that it told.
struct WatchedSession {
  explicit WatchedSession(asio::io_context& loop, SessionOptions options) {
    session = std::make_unique<Session>(
        loop.get_executor(), std::move(options),
        SessionEvents{.on_up = [this](const ControllerInfo& info) { ups.push_back(info); },
                      .on_log = [this](LogPage page) { pages.push_back(std::move(page)); },
                      .on_event = [this](std::uint32_t dword) { events.push_back(dword); },
                      .on_keep_alive = [this](std::chrono::nanoseconds time) { beats.push_back(time); },
                      .on_down = [this](base::Error error) {
                        EXPECT_FALSE(down) << "on_down came twice";
                        down = std::move(error);
                      }});
  }
  std::vector<ControllerInfo> ups;
  std::vector<LogPage> pages;
  std::vector<std::uint32_t> events;
  std::vector<std::chrono::nanoseconds> beats;
  std::optional<base::Error> down;
  std::unique_ptr<Session> session;  // last: destroyed first
};

}  // namespace nvme::test
