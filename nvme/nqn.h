// NQNs and host identities as validated types: nothing that could inject an option into /dev/nvme-fabrics gets in.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace nvme {

/// Longest NQN that Linux takes: strlen >= NVMF_NQN_SIZE (223) is refused (drivers/nvme/host/fabrics.c).
inline constexpr std::size_t kNqnMaxLength = 222;
/// The well-known discovery NQN (include/linux/nvme.h, NVME_DISC_SUBSYS_NAME).
inline constexpr std::string_view kDiscoveryNqn = "nqn.2014-08.org.nvmexpress.discovery";

/// 1 to 222 bytes of printable ASCII without comma, space or quotes. Any such text counts (the seed's users have
/// host NQNs like "hostnqn1"); the kernel asks no more.
class Nqn {
 public:
  /// kInvalid says which byte at which place is wrong.
  static base::Result<Nqn> parse(std::string_view text);
  static Nqn discovery();

  const std::string& str() const { return text_; }
  bool is_well_known_discovery() const { return text_ == kDiscoveryNqn; }
  friend bool operator==(const Nqn&, const Nqn&) = default;
  friend auto operator<=>(const Nqn&, const Nqn&) = default;

 private:
  explicit Nqn(std::string text) : text_(std::move(text)) {}
  std::string text_;
};
inline const std::string& to_string(const Nqn& nqn) { return nqn.str(); }

/// A host identifier: 16 bytes in the UUID's textual order, as the Connect data carries it (offset 0).
class HostId {
 public:
  /// 8-4-4-4-12 hexadecimal digits, upper or lower case; kInvalid otherwise. The nil UUID is refused.
  static base::Result<HostId> parse(std::string_view text);
  /// Random UUIDv4 from the 16 bytes given (version and variant bits are set here).
  static HostId from_random(std::array<std::uint8_t, 16> random);
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  friend bool operator==(const HostId&, const HostId&) = default;
  friend auto operator<=>(const HostId&, const HostId&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};
/// Lower-case 8-4-4-4-12.
std::string to_string(const HostId& hostid);

/// Who we are to a target. The kernel binds the two to each other (6.12: EINVAL for mixtures).
struct HostIdentity {
  Nqn hostnqn;
  HostId hostid;
  friend bool operator==(const HostIdentity&, const HostIdentity&) = default;
  friend auto operator<=>(const HostIdentity&, const HostIdentity&) = default;
};

}  // namespace nvme
