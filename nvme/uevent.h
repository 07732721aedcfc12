// Kernel uevents over netlink, without udev. An event says "look at this device"; an overrun says "look at all".
// Source: Linux lib/kobject_uevent.c, drivers/nvme/host/core.c nvme_class_uevent.
#pragma once

#include <asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace nvme {

struct Uevent {
  std::string action{};       ///< add, change, remove, …
  std::string device{};       ///< "nvme3"
  std::string nvme_event{};   ///< "connected", "rediscover" or empty
};

/// Nothing for events of other subsystems or for text that is no uevent.
std::optional<Uevent> parse_uevent(std::string_view message);

class UeventListener {
 public:
  using OnEvent = std::function<void(const Uevent&)>;
  using OnOverrun = std::function<void()>;  ///< events were lost (ENOBUFS): rescan

  /// An error where the socket can't be had (no netlink in a sandbox): the resync period remains.
  static base::Result<std::unique_ptr<UeventListener>> open(asio::any_io_executor loop, OnEvent on_event, OnOverrun on_overrun);
  ~UeventListener();

 private:
  struct State;
  explicit UeventListener(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace nvme
