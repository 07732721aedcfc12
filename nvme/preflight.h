// Does a portal answer? TCP connect, then ICReq/ICResp, from the source the kernel will use. No Connect command:
// the target sees a connection that goes away again.
#pragma once

#include <chrono>

#include "base/async.h"
#include "base/error.h"
#include "nvme/session_options.h"

namespace nvme {

/// kTimeout, kRefused, kUnreachable, kClosed or kProtocol, naming the portal; the round trip of ICReq on success.
base::Task<base::Result<std::chrono::nanoseconds>> preflight(TransportId portal, PreflightOptions options);

}  // namespace nvme
