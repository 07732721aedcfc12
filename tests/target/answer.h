// From a reply of the controller, and what was asked to be done wrong with it, to the PDUs on the wire.
// Pure: no socket, no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tests/target/misbehaviour.h"
#include "tests/target/wire.h"

namespace target {

/// What a correct controller answers to one command.
struct Reply {
  wire::Bytes data{};        ///< by C2HData; only with status 0
  std::uint64_t result = 0;
  std::uint16_t status = 0;  ///< raw word
};

/// What the answer depends on besides the reply.
struct AnswerContext {
  std::uint16_t cid = 0;
  std::uint16_t sqhd = 0;
  wire::Digests digests{};
  bool success_allowed = false;  ///< SUCCESS may replace a plain completion
  wire::View command{};          ///< the header of the command's PDU, for C2HTermReq
  std::optional<std::uint16_t> aer_before{};   ///< CID of the AER that Deed::completes_aer_first completes
  std::optional<std::uint16_t> aer_between{};  ///< CID of the AER that Deed::event_between completes
};

struct Answer {
  std::vector<wire::Bytes> pdus{};  ///< in the order of sending; edited, cut or raw bytes need not be PDUs
  bool close = false;
  bool reset = false;  ///< close with RST
};

Answer make_answer(const Reply& reply, const Deed& deed, const AnswerContext& context);

/// Number of C2HData PDUs that the answer would have.
std::size_t data_pdu_count(const Reply& reply, const Deed& deed);

/// Applies edits, seal, cut, before, terminate and silent to a finished ICResp.
Answer make_icresp_answer(wire::Bytes icresp, const Deed& deed, wire::View icreq);

}  // namespace target
