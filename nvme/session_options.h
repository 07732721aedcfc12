// What a discovery session and a preflight are asked for and what a controller says of itself: values, without asio,
// so that the rooms above can speak of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "nvme/address.h"
#include "nvme/log_page.h"
#include "nvme/nqn.h"

namespace nvme {

struct SessionOptions {
  TransportId address{};
  Nqn subnqn{Nqn::discovery()};
  HostIdentity identity;
  std::chrono::milliseconds kato{30000};  ///< negotiated in Connect; 0: no keep alive (one-shot reads)
  bool header_digest{false};
  bool data_digest{false};
  std::uint64_t max_entries{kDefaultMaxEntries};  ///< a longer log page is kProtocol, with the number
  bool paged{false};                              ///< 4 KiB reads (the seed's logPagePaginationEnabled), else up to MDTS
  std::chrono::milliseconds connect_timeout{3000};    ///< TCP connect and ICResp each; Linux: SYN + 1 retry = 3 s
  std::chrono::milliseconds command_timeout{10000};   ///< any one command; 2 x what a slow target was seen to need
};

/// What the controller said of itself.
struct ControllerInfo {
  std::uint16_t cntlid{0};
  std::uint32_t version{0};      ///< VS property, e.g. 0x00010300
  std::string subnqn{};          ///< Identify SUBNQN: the unique discovery NQN where there is one; checked text or empty
  std::string model{}, serial{}, firmware{};
  std::uint8_t cntrltype{0};     ///< 2: discovery
  std::uint8_t dctype{0};        ///< 0 not reported, 1 DDC, 2 CDC
  bool log_change_events{false}; ///< OAES bit 31 and Set Features 0Bh succeeded
  std::chrono::milliseconds kato{0};  ///< in force; 0 where an old target refused any
  std::string local_address{};   ///< the source address in use
};

struct PreflightOptions {
  std::chrono::milliseconds deadline{1500};  ///< one SYN retransmission (1 s) and an answer
  bool tcp_only{false};                      ///< where TLS is asked for, an ICReq in clear would be refused
};

}  // namespace nvme
