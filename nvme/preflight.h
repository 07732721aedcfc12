// Does a portal answer? TCP connect, then ICReq/ICResp, from the source the kernel will use. No Connect command:
// the target sees a connection that goes away again.
#pragma once

#include <chrono>

#include "base/async.h"
#include "base/error.h"
#include "nvme/address.h"

namespace nvme {

struct PreflightOptions {
  std::chrono::milliseconds deadline{1500};  ///< one SYN retransmission (1 s) and an answer
  bool tcp_only{false};                      ///< where TLS is asked for, an ICReq in clear would be refused
};

/// kTimeout, kRefused, kUnreachable, kClosed or kProtocol, naming the portal; the round trip of ICReq on success.
base::Task<base::Result<std::chrono::nanoseconds>> preflight(TransportId portal, PreflightOptions options);

}  // namespace nvme
