// Tells when the fabrics device may have come or gone: names appearing in its folder. Not writes: /dev/null has many.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"

namespace cmd {

class DeviceWatch {
 public:
  /// `changed` is called on the loop for each event that names `device`'s last component.
  static base::Result<std::unique_ptr<DeviceWatch>> open(asio::io_context& loop, const std::string& device, std::function<void()> changed);
  ~DeviceWatch();

 private:
  struct State;
  explicit DeviceWatch(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace cmd
