// /dev/nvme-fabrics: which options this kernel takes, checked option strings, one write, the instance it made.
// Source: Linux drivers/nvme/host/fabrics.c (opt_tokens, nvmf_parse_options, nvmf_dev_write).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "nvme/address.h"
#include "nvme/nqn.h"

namespace nvme {

/// Per-controller options that a line or the agent's settings may give; unset: the kernel's default.
struct Tunables {
  std::optional<int> nr_io_queues{};     ///< >= 1
  std::optional<int> nr_write_queues{};  ///< >= 1
  std::optional<int> nr_poll_queues{};   ///< >= 1
  std::optional<int> queue_size{};       ///< 16..1024
  std::optional<int> keep_alive_tmo{};   ///< seconds, >= 0
  std::optional<int> reconnect_delay{};  ///< seconds, >= 1
  std::optional<int> ctrl_loss_tmo{};    ///< seconds, -1: for ever
  std::optional<int> fast_io_fail_tmo{}; ///< seconds, -1: off
  std::optional<int> tos{};              ///< 0..255
  bool hdr_digest{false};
  bool data_digest{false};
  bool disable_sqflow{false};
  bool duplicate_connect{false};
  bool tls{false};
  bool concat{false};
  std::optional<std::string> keyring{};  ///< serial: decimal or 0x hexadecimal
  std::optional<std::string> tls_key{};
  base::Secret dhchap_secret{};
  base::Secret dhchap_ctrl_secret{};
  friend bool operator==(const Tunables&, const Tunables&) = default;
};

struct ConnectOptions {
  Path path{};
  HostId hostid;
  Tunables tunables{};
};

/// What the running kernel's option table lists; read once, since reading takes the kernel's global mutex.
class FabricsFeatures {
 public:
  /// From the device's answer ("instance=-1,cntlid=-1,transport=%s,…"); kInvalid if it is not one.
  static base::Result<FabricsFeatures> parse(std::string_view text);
  /// Kernels that can't be asked (EINVAL on that read): the options of Linux 5.4.
  static FabricsFeatures oldest();
  bool has(std::string_view option) const { return options_.contains(std::string(option)); }
  const std::set<std::string>& options() const { return options_; }

 private:
  std::set<std::string> options_{};
};

/// An option string for one write, and what was left out of it because this kernel lacks it.
struct OptionString {
  std::string text{};              ///< may hold secrets: never print; loggable() may be
  std::vector<std::string> left_out{};
  std::string loggable() const;    ///< the same with secrets as ***
};

/// Longest text for one write: memdup_user_nul of at most a page, with room for its NUL on 4 KiB pages.
inline constexpr std::size_t kOptionStringMax = 4095;

/// kUnsupported where leaving an option out would be unsafe (identity, host_iface, host_traddr, digests, tls, keys,
/// concat, dhchap_*); kInvalid for a value out of range, for the well-known discovery NQN (the kernel then forces
/// duplicate_connect, so each try would leave one more controller behind) and for the unspecified address.
/// Order as libnvme's: nqn first, then transport, traddr…
base::Result<OptionString> option_string(const ConnectOptions& options, const FabricsFeatures& features);

/// What the kernel made.
struct ConnectedController {
  int instance{-1};          ///< nvme<instance>
  std::uint16_t cntlid{0};
};

/// "instance=3,cntlid=17"; kProtocol for anything else.
base::Result<ConnectedController> parse_connect_answer(std::string_view text);

/// What a failed write to the device means, in words (Linux 6.1 and 6.12). Codes stay errno values.
base::Error fabrics_error(int errno_value);

class Fabrics {
 public:
  /// `device`: normally /dev/nvme-fabrics. Opens nothing yet.
  explicit Fabrics(std::string device) : device_(std::move(device)) {}

  /// kNotFound when there is no device (module nvme-fabrics not loaded), kDenied without the right to it.
  base::Result<FabricsFeatures> features() const;

  /// One write; may block for minutes, uninterruptibly (Linux: one global mutex, 60 s an admin command), so workers
  /// only, with all signals blocked: EINTR comes back as it is (kIo), since the connect may have been undone. kExists: the kernel has this controller already, in whatever state. EIO: the target refused; the reason is
  /// only in the kernel log. The message names path and errno, never a secret.
  base::Result<ConnectedController> connect(const ConnectOptions& options, const FabricsFeatures& features) const;

  /// Writes an option string as it is: benchmarks and connect() itself.
  base::Result<ConnectedController> write(std::string_view option_text) const;

 private:
  std::string device_;
};

/// Asks the kernel to delete the controller; blocks until it is gone. kNotFound when it is gone already.
base::Result<void> delete_controller(const std::string& sysfs_root, const std::string& device);

}  // namespace nvme
