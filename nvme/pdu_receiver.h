// The stream of PDUs from a controller, without a socket: which bytes are wanted next, and what they meant. Checks
// every header field, length and digest; data goes straight to where its command wants it. Allocates nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "nvme/pdu.h"
#include "nvme/wire.h"

namespace nvme {

/// Who the PDUs are for; told in the order of the stream.
class PduSink {
 public:
  virtual ~PduSink() = default;
  /// A C2HData header: exactly DATAL bytes of room, which stay valid until data_arrived or the end of the receiver.
  virtual std::expected<std::span<std::byte>, Violation> room_for(const wire::DataPdu& header) = 0;
  /// Its data is in that room, and its digest was right.
  virtual std::optional<Violation> data_arrived(const wire::DataPdu& header) = 0;
  virtual std::optional<Violation> response_arrived(const wire::Cqe& cqe) = 0;
};

class PduReceiver {
 public:
  /// `wanted`: the digests that ICReq asked for. `sink` outlives the receiver.
  PduReceiver(Digests wanted, PduSink& sink) : wanted_digests_(wanted), sink_(sink) {}

  /// Where the next bytes of the stream go. Never empty, and never beyond the end of the current PDU.
  std::span<std::byte> wanted();
  /// So many bytes (at least 1, at most wanted().size()) are there. After a violation the receiver is of no more use.
  std::optional<Violation> advance(std::size_t count);

  bool negotiated() const { return negotiated_; }  ///< a good ICResp has arrived
  /// The header of the PDU being received, as far as it is there.
  std::span<const std::byte> header() const { return std::span(header_).first(have_); }
  bool between_pdus() const { return stage_ == Stage::kCommonHeader && have_ == 0; }

 private:
  enum class Stage : std::uint8_t { kCommonHeader, kHeader, kData, kDataDigest };

  std::optional<Violation> check_common_header();
  std::optional<Violation> check_header();
  std::optional<Violation> check_icresp();
  std::optional<Violation> begin_data();
  std::optional<Violation> end_data();
  Violation termination() const;
  void begin_pdu();
  template <class T>
  T header_as() const { return wire::read<T>(header_); }

  Digests wanted_digests_;
  PduSink& sink_;
  bool negotiated_{false};
  Stage stage_{Stage::kCommonHeader};
  std::array<std::byte, 256> header_{};  ///< header, header digest and padding: PDO is one byte
  std::size_t have_{0};                  ///< of header_
  std::size_t need_{sizeof(wire::PduHeader)};
  std::span<std::byte> data_{};          ///< the sink's room
  std::size_t data_have_{0};
  std::array<std::byte, wire::kDigestSize> digest_{};
  std::size_t digest_have_{0};
};

}  // namespace nvme
