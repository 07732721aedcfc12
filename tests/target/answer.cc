// Makes answers, right or wrong as asked.
#include "tests/target/answer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tests/target/crc32c.h"

namespace target {
namespace {

using wire::Bytes;
using wire::View;

bool sends_data(const Reply& reply, const Deed& deed) {
  return !reply.data.empty() && reply.status == 0 && !deed.status;
}

std::size_t data_size(const Reply& reply, const Deed& deed) {
  return std::max(reply.data.size(), deed.short_by) - deed.short_by + deed.long_by;
}

void flip_header_digest(Bytes& pdu) {
  if ((pdu[1] & wire::kFlagHdgst) != 0) pdu[pdu[2]] ^= 0xFF;
}

void flip_data_digest(Bytes& pdu) {
  if ((pdu[1] & wire::kFlagDdgst) != 0) pdu.back() ^= 0xFF;
}

void apply_edits(Bytes& pdu, const Deed& deed) {
  for (const ByteEdit& edit : deed.edits) {
    for (std::size_t i = 0; i < edit.bytes.size() && edit.offset + i < pdu.size(); ++i) {
      pdu[edit.offset + i] = edit.bytes[i];
    }
  }
  if (deed.seal_edits && (pdu[1] & wire::kFlagHdgst) != 0 && pdu.size() >= wire::kShortHlen + 4) {
    // Where the digest was made, even when an edit changed HLEN.
    wire::put32(pdu, wire::kShortHlen, crc32c(View(pdu).first(wire::kShortHlen)));
  }
}

/// Cuts the answer's bytes (counted over all PDUs).
void apply_cut(Answer& answer, const Deed& deed) {
  if (!deed.cut_at) return;
  std::size_t left = *deed.cut_at;
  for (Bytes& pdu : answer.pdus) {
    const std::size_t kept = std::min(left, pdu.size());
    pdu.resize(kept);
    left -= kept;
  }
  std::erase_if(answer.pdus, [](const Bytes& pdu) { return pdu.empty(); });
  answer.close = true;
  answer.reset = deed.cut_by_reset;
}

Answer termination(const TermReq& terminate, View offending) {
  Answer answer;
  answer.pdus.push_back(
      wire::c2h_termreq(terminate.fes, terminate.fei, terminate.with_header ? offending : View()));
  answer.close = true;
  return answer;
}

std::vector<Bytes> data_pdus(const Reply& reply, const Deed& deed, const AnswerContext& context, std::uint16_t cid,
                             bool success) {
  Bytes data = reply.data;
  data.resize(data_size(reply, deed), 0);
  const std::size_t step = deed.split == 0 ? std::max<std::size_t>(data.size(), 1) : deed.split;
  const std::size_t count = data_pdu_count(reply, deed);
  std::vector<Bytes> pdus;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = deed.reversed ? count - 1 - i : i;
    const std::size_t offset = index * step;
    const bool final_one = i + 1 == count;
    wire::DataPiece piece;
    piece.cid = cid;
    piece.datao = static_cast<std::uint32_t>(offset);
    if (deed.datao && (i > 0 || count == 1)) piece.datao += *deed.datao;
    piece.data = View(data).subspan(offset, std::min(step, data.size() - offset));
    piece.last = final_one && !deed.no_last && !deed.success_without_last;
    piece.success = final_one && success;
    pdus.push_back(wire::c2h_data(piece, context.digests));
  }
  return pdus;
}

}  // namespace

std::size_t data_pdu_count(const Reply& reply, const Deed& deed) {
  if (!sends_data(reply, deed)) return 0;
  const std::size_t size = data_size(reply, deed);
  if (size == 0) return 0;
  return deed.split == 0 ? 1 : (size + deed.split - 1) / deed.split;
}

Answer make_answer(const Reply& reply, const Deed& deed, const AnswerContext& context) {
  if (deed.terminate) return termination(*deed.terminate, context.command);
  Answer answer;
  if (deed.silent) return answer;

  wire::Completion completion;
  completion.cid = deed.cid.value_or(context.cid);
  completion.sqhd = context.sqhd;
  completion.status = deed.status.value_or(reply.status);
  completion.result = deed.result.value_or(reply.result);

  const bool has_data = data_pdu_count(reply, deed) > 0;
  const bool asked_success = deed.success_flag || deed.success_without_last || deed.success_and_response;
  const bool plain = completion.status == 0 && completion.result == 0 && !deed.twice && !deed.no_last &&
                     !deed.response_before_data;
  const bool success = has_data && (asked_success || (context.success_allowed && plain));

  std::vector<Bytes> body;
  if (has_data) body = data_pdus(reply, deed, context, completion.cid, success);
  if (!success || deed.success_and_response) {
    const Bytes response = wire::capsule_resp(completion, context.digests);
    body.insert(deed.response_before_data ? body.begin() : body.end(), deed.twice ? 2 : 1, response);
  }
  if (deed.wrong_header_digest) flip_header_digest(body.front());
  if (deed.wrong_data_digest) flip_data_digest(body.front());
  apply_edits(body.front(), deed);

  if (deed.event_between && context.aer_between && body.size() > 1) {
    wire::Completion event;
    event.cid = *context.aer_between;
    event.sqhd = context.sqhd;
    event.result = *deed.event_between;
    body.insert(body.begin() + 1, wire::capsule_resp(event, context.digests));
  }
  if (!deed.before.empty()) answer.pdus.push_back(deed.before);
  if (deed.r2t_first) answer.pdus.push_back(wire::r2t(completion.cid, 1, 0, 4096, context.digests));
  if (deed.completes_aer_first && context.aer_before) {
    wire::Completion failed;
    failed.cid = *context.aer_before;
    failed.sqhd = context.sqhd;
    failed.status = status_word(0, 0x06, true);  // Internal Error
    answer.pdus.push_back(wire::capsule_resp(failed, context.digests));
  }
  std::ranges::move(body, std::back_inserter(answer.pdus));
  apply_cut(answer, deed);
  return answer;
}

Answer make_icresp_answer(Bytes icresp, const Deed& deed, View icreq) {
  if (deed.terminate) return termination(*deed.terminate, icreq);
  Answer answer;
  if (deed.silent) return answer;
  apply_edits(icresp, deed);
  if (!deed.before.empty()) answer.pdus.push_back(deed.before);
  answer.pdus.push_back(std::move(icresp));
  apply_cut(answer, deed);
  return answer;
}

}  // namespace target
