// What the test target is asked to do wrong.  A default Misbehaviour is a correct controller.
// Everything is a value, set per listener; rules say "on the Nth command of this kind, do that".
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace target {

inline constexpr unsigned kForEver = std::numeric_limits<unsigned>::max();

/// Status words as they stand in the completion (bit 0 phase, 8:1 SC, 11:9 SCT, 15 DNR).
constexpr std::uint16_t status_word(unsigned sct, unsigned sc, bool dnr) {
  return static_cast<std::uint16_t>((sc << 1) | (sct << 9) | (dnr ? 0x8000u : 0u));
}
inline constexpr std::uint16_t kStatusInvalidOpcode = status_word(0, 0x01, true);
inline constexpr std::uint16_t kStatusInvalidField = status_word(0, 0x02, true);
inline constexpr std::uint16_t kStatusSequenceError = status_word(0, 0x0C, true);
inline constexpr std::uint16_t kStatusSglLength = status_word(0, 0x0F, true);
inline constexpr std::uint16_t kStatusSglType = status_word(0, 0x11, true);
inline constexpr std::uint16_t kStatusSglOffset = status_word(0, 0x16, true);
inline constexpr std::uint16_t kStatusKatoInvalid = status_word(0, 0x1A, true);
inline constexpr std::uint16_t kStatusTransient = status_word(0, 0x22, false);
inline constexpr std::uint16_t kStatusAerLimit = status_word(1, 0x05, true);
inline constexpr std::uint16_t kStatusInvalidFormat = status_word(1, 0x80, true);
inline constexpr std::uint16_t kStatusBusy = status_word(1, 0x81, false);
inline constexpr std::uint16_t kStatusInvalidParameters = status_word(1, 0x82, true);
inline constexpr std::uint16_t kStatusRestartDiscovery = status_word(1, 0x83, false);
inline constexpr std::uint16_t kStatusInvalidHost = status_word(1, 0x84, true);
inline constexpr std::uint16_t kStatusDiscoveryRestart = status_word(1, 0x90, false);
inline constexpr std::uint16_t kStatusAuthRequired = status_word(1, 0x91, false);

/// Opcodes and Fabrics command types, for When.
namespace opc {
inline constexpr std::uint8_t kGetLog = 0x02;
inline constexpr std::uint8_t kIdentify = 0x06;
inline constexpr std::uint8_t kSetFeatures = 0x09;
inline constexpr std::uint8_t kGetFeatures = 0x0A;
inline constexpr std::uint8_t kAer = 0x0C;
inline constexpr std::uint8_t kKeepAlive = 0x18;
inline constexpr std::uint8_t kFabrics = 0x7F;
}  // namespace opc
namespace fct {
inline constexpr std::uint8_t kPropertySet = 0x00;
inline constexpr std::uint8_t kConnect = 0x01;
inline constexpr std::uint8_t kPropertyGet = 0x04;
}  // namespace fct

/// Bytes written over an encoded PDU at this offset from its start.  Written after the digests were made; use
/// Deed::seal_edits to have the header digest cover them.
struct ByteEdit {
  std::size_t offset = 0;
  std::vector<std::uint8_t> bytes{};
};

struct TermReq {
  std::uint16_t fes = 1;
  std::uint32_t fei = 0;
  bool with_header = true;  ///< append the offending PDU's header (PLEN > 24)
};

/// What to do instead of, or to, the correct reply.  Fields combine; the default is the correct reply.  With status,
/// silent or terminate the controller never sees the command (a failed Connect makes no controller, a silent AER never
/// waits); otherwise it takes effect.  The deed of an AER is for its completion.
struct Deed {
  // the answer
  std::optional<std::uint16_t> status{};   ///< completion with this raw status word, and no data
  std::optional<std::uint64_t> result{};   ///< completion dwords 0 and 1
  std::optional<std::uint16_t> cid{};      ///< answered under this CID (data and completion)
  bool silent = false;                     ///< no answer at all; the connection stays
  bool twice = false;                      ///< the completion is sent two times
  std::optional<TermReq> terminate{};      ///< C2HTermReq instead of the answer, then close
  bool r2t_first = false;                  ///< an R2T that nobody asked for comes before the answer
  bool completes_aer_first = false;        ///< an AER's CID is completed with an error before the answer
  std::vector<std::uint8_t> before{};      ///< raw bytes sent before the answer

  // its data
  std::size_t split = 0;            ///< C2HData of at most this many bytes each; 0: one PDU
  bool reversed = false;            ///< those PDUs last to first (DATAO goes down)
  std::optional<std::uint32_t> datao{};  ///< added to DATAO of every C2HData but the first (of the only one if alone)
  std::size_t short_by = 0;         ///< this many bytes at the end are never sent
  std::size_t long_by = 0;          ///< this many zero bytes too many
  bool no_last = false;             ///< LAST_PDU is never set
  bool success_flag = false;        ///< SUCCESS on the last C2HData, and no CapsuleResp
  bool success_without_last = false;     ///< SUCCESS on the last C2HData without LAST_PDU, and no CapsuleResp
  bool success_and_response = false;     ///< SUCCESS with LAST_PDU, and a CapsuleResp nevertheless
  bool response_before_data = false;
  std::optional<std::uint32_t> event_between{};  ///< an AER is completed with this dword between two C2HData

  // its bytes
  std::vector<ByteEdit> edits{};  ///< on the first PDU of the answer
  bool seal_edits = false;        ///< make the header digest again after the edits
  bool wrong_header_digest = false;
  bool wrong_data_digest = false;
  std::optional<std::size_t> cut_at{};  ///< close the connection after that many bytes of the answer ...
  bool cut_by_reset = false;            ///< ... with RST instead of FIN

  // its time
  std::chrono::milliseconds delay{0};           ///< before the answer; other commands are answered meanwhile
  std::chrono::milliseconds piece_interval{0};  ///< between its PDUs; other answers may come in between
  std::chrono::milliseconds byte_interval{0};   ///< after each of its bytes
};

/// Which commands a rule is for.  Unset fields match everything.
struct When {
  std::optional<std::uint8_t> opcode{};
  std::optional<std::uint8_t> fctype{};     ///< Fabrics commands only
  std::optional<std::uint8_t> lid{};        ///< Get Log Page only
  std::optional<std::uint32_t> property{};  ///< Property Get and Set only: the register's offset
  unsigned first = 1;        ///< from this match on, counted over all associations of the listener, starting at 1
  unsigned times = kForEver; ///< and for so many matches
};

struct Rule {
  When when{};
  Deed deed{};
};

When on_any();
When on_connect();
When on_property_get(std::optional<std::uint32_t> property = {});
When on_property_set(std::optional<std::uint32_t> property = {});
When on_identify();
When on_set_features();
When on_get_log(std::optional<std::uint8_t> lid = 0x70);
When on_aer();
When on_keep_alive();
/// The same, but only the nth match (counting from 1).
When nth(When when, unsigned n);

/// Phases after which nothing is read or answered any more, though the connection stays open.
enum class Silence : std::uint8_t { kNever, kAfterAccept, kAfterIcResp, kAfterConnect };

struct Misbehaviour {
  Silence silence = Silence::kNever;

  // ICResp
  Deed icresp{};  ///< silent, terminate, before, edits, cut_at, delay and byte_interval count
  std::optional<std::uint8_t> icresp_dgst{};  ///< 0 refuses digests, 3 forces both
  std::optional<std::uint8_t> cpda{};
  std::optional<std::uint16_t> pfv{};
  std::optional<std::uint32_t> maxh2cdata{};

  // the controller
  bool never_ready = false;           ///< CSTS.RDY stays 0
  bool fatal_status = false;          ///< CSTS.CFS as soon as CC.EN is set
  std::uint16_t authreq = 0;          ///< bits 31:16 of the Connect result (bit 1 = ATR, bit 2 = ASCR)
  bool rejects_kato = false;          ///< Connect with KATO ≠ 0 fails with Connect Invalid Parameters (old targets)
  std::optional<std::uint16_t> identify_cntlid{};

  // events
  bool aen_never_masks = false;       ///< as LightBits: RAE ignored, every change is sent, dropped when no AER waits
  unsigned aen_storm = 0;             ///< so many times an AER is completed with a discovery change at once

  // the log page
  unsigned genctr_moves = 0;          ///< genctr is one higher for each of that many reads of the header
  std::optional<std::uint64_t> numrec{};  ///< in the header, whatever the entries are
  std::optional<std::uint16_t> recfmt{};

  // everything
  std::chrono::milliseconds byte_interval{0};  ///< after each byte that the target sends

  std::vector<Rule> rules{};  ///< the first that matches counts; ICReq is not a command
};

/// Adds what "NAME" or "NAME=ARG" asks for.  False for an unknown name or a bad argument, with the reason in `error`.
bool add_misbehaviour(std::string_view text, Misbehaviour& misbehaviour, std::string& error);
/// One line per name that add_misbehaviour knows.
std::string misbehaviour_names();

}  // namespace target
