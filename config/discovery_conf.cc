// discovery.d text into endpoints: lines into words, words into options, options into a line that makes
// sense. Refuses to guess: a line with any error counts for nothing, and the other lines do not notice.
#include "config/discovery_conf.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "config/line_options.h"
#include "config/only_line.h"
#include "config/words.h"

namespace config {
namespace {

constexpr std::size_t kLineMax = 64 * 1024;   // the seed's limit; longer is no line that a person wrote
constexpr std::size_t kDiagnosticsMax = 200;  // a file of garbage must not fill memory and logs
constexpr std::size_t kLineDiagnosticsMax = 20;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// Words that may hold a secret are not repeated in messages.
std::string shown(std::string_view word) {
  bool secret =
      word.find("DHHC-") != std::string_view::npos || word.find("NVMeTLSkey") != std::string_view::npos;
  return secret ? "***" : base::printable(word, 80);
}

/// "-1", as a value of --ctrl-loss-tmo; any other word with a dash in front is an option whose predecessor
/// lacks its value.
bool looks_negative(std::string_view word) {
  return word.size() > 1 && word[0] == '-' && word[1] >= '0' && word[1] <= '9';
}

bool is_option(const Word& word) {
  bool quoted = !word.columns.empty() && word.columns.front() != word.column;
  return !quoted && word.text.size() > 1 && word.text[0] == '-' && !looks_negative(word.text);
}

/// Reads the words of one line into a draft and remembers where each option stood.
class Line {
 public:
  /// Without `suggests` no nearest option is looked for: 100,000 such searches would take seconds.
  Line(std::vector<Word> words, SourceLocation where, bool suggests)
      : words_(std::move(words)), where_(std::move(where)), suggests_(suggests) {}

  /// The endpoint, or nothing and at least one error in `diagnostics`.
  std::optional<EndpointSpec> read(std::vector<Diagnostic>& diagnostics) {
    while (next_ < words_.size() && diagnostics_.size() < kLineDiagnosticsMax) read_option();
    if (next_ < words_.size())
      refuse(words_[next_].column, "too many problems in this line; the rest is not read");
    if (!draft_.foreign_transport.empty()) {
      diagnostics_.clear();  // another transport's addresses and options are not for us to judge
      refuse(column_of("transport"),
             "transport " + draft_.foreign_transport + ": this agent speaks tcp; the line is skipped");
    } else if (!failed_) {
      check_together();
    }
    diagnostics.insert(diagnostics.end(), diagnostics_.begin(), diagnostics_.end());
    if (failed_) return std::nullopt;
    draft_.spec.where = where_;
    draft_.spec.where.column = words_.front().column;
    return std::move(draft_.spec);
  }

 private:
  void report(int column, Severity severity, std::string message) {
    SourceLocation where = where_;
    where.column = column;
    diagnostics_.push_back({std::move(where), severity, std::move(message)});
    failed_ = failed_ || severity == Severity::kError;
  }
  void refuse(int column, std::string message) { report(column, Severity::kError, std::move(message)); }

  void read_option() {
    const Word& word = words_[next_++];
    if (word.text.starts_with("--") && word.text.size() > 2) return read_long(word);
    if (word.text.size() > 1 && word.text[0] == '-') return read_letters(word);
    refuse(word.column, "'" + shown(word.text) + "' belongs to no option (options begin with - or --)");
    skip_values();
  }

  /// After an error the values that may belong to it would only give more errors.
  void skip_values() {
    while (next_ < words_.size() && !is_option(words_[next_])) ++next_;
  }

  void read_long(const Word& word) {
    std::size_t equals = word.text.find('=');
    std::string_view name =
        std::string_view(word.text).substr(2, equals == std::string::npos ? equals : equals - 2);
    const LineOption* option = find_line_option(name);
    if (option == nullptr) {
      refuse_unknown(word.column, "--" + base::printable(name, 80),
                     suggests_ ? nearest_line_option(name) : std::string());
    } else if (equals == std::string::npos) {
      read_value(*option, word, word.text.size());
    } else {
      read_value(*option, word, equals + 1);
    }
  }

  void read_letters(const Word& word) {
    std::string_view name = std::string_view(word.text).substr(1, word.text.find('=') - 1);
    if (name.size() > 2 && find_line_option(name) != nullptr) {
      return refuse_unknown(word.column, "-" + std::string(name), "--" + std::string(name));
    }
    for (std::size_t at = 1; at < word.text.size(); ++at) {
      const LineOption* option = find_line_option(word.text[at]);
      if (option == nullptr) {
        std::string letter = base::printable(std::string_view(word.text).substr(at, 1));
        return refuse_unknown(at == 1 ? word.column : word.column_of(at), "-" + letter, {});
      }
      bool equals = at + 1 < word.text.size() && word.text[at + 1] == '=';
      if (option->takes_value) return read_value(*option, word, equals ? at + 2 : at + 1);
      if (equals) return read_value(*option, word, at + 2);
      take(*option, word.column_of(at), {}, 0);
    }
  }

  void refuse_unknown(int column, const std::string& option, const std::string& nearest) {
    refuse(column, "unknown option " + option + (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
    skip_values();
  }

  /// The value stands in `word` from byte `from` on, or is the next word where `from` is the end of this one.
  void read_value(const LineOption& option, const Word& word, std::size_t from) {
    bool attached = from < word.text.size() || word.text.ends_with('=');
    if (!option.takes_value) {
      if (!attached) return take(option, word.column, {}, 0);
      return refuse(word.column_of(from), name_of(option) + " takes no value");
    }
    if (attached && from < word.text.size()) {
      return take(option, word.column, std::string_view(word.text).substr(from), word.column_of(from));
    }
    if (attached || next_ == words_.size() || is_option(words_[next_])) {
      return refuse(word.column, name_of(option) + ": the value is missing");
    }
    const Word& value = words_[next_++];
    take(option, word.column, value.text, value.column_of(0));
  }

  void take(const LineOption& option, int column, std::string_view value, int value_column) {
    auto [first, is_new] = seen_.try_emplace(&option, Seen{column, value_column});
    if (!is_new && option.set != nullptr) {
      return refuse(column, name_of(option) + " is given twice, at columns " +
                                std::to_string(first->second.column) + " and " + std::to_string(column));
    }
    if (option.set == nullptr) {
      if (!option.ignored.empty())
        report(column, Severity::kWarning, name_of(option) + " " + std::string(option.ignored));
      return;
    }
    if (option.takes_value && value.empty())
      return refuse(value_column, name_of(option) + ": the value is empty");
    std::string wrong = option.set(draft_, value);
    if (!wrong.empty()) refuse(option.takes_value ? value_column : column, name_of(option) + ": " + wrong);
  }

  static std::string name_of(const LineOption& option) { return "--" + std::string(option.name); }

  /// Where the option's value (or the flag) stands; 0 where it is not given.
  int column_of(std::string_view name) const {
    auto found = seen_.find(find_line_option(name));
    if (found == seen_.end()) return 0;
    return found->second.value_column != 0 ? found->second.value_column : found->second.column;
  }

  void check_together() {
    EndpointSpec& spec = draft_.spec;
    if (column_of("traddr") == 0) {
      return refuse(words_.front().column, "--traddr (-a) is missing: where is the discovery service?");
    }
    int port_column = column_of("trsvcid");
    if (draft_.address_port && port_column != 0 && *draft_.address_port != spec.trsvcid) {
      refuse(port_column, "--trsvcid: " + std::to_string(spec.trsvcid) + " contradicts port " +
                              std::to_string(*draft_.address_port) + " in --traddr at column " +
                              std::to_string(column_of("traddr")));
    }
    if (draft_.address_port) spec.trsvcid = *draft_.address_port;
    if (spec.address && spec.host_traddr && spec.address->is_v6() != spec.host_traddr->is_v6()) {
      refuse(column_of("host-traddr"), "--host-traddr: IPv4 and IPv6 mixed with --traddr at column " +
                                           std::to_string(column_of("traddr")));
    }
    const nvme::Tunables& tunables = spec.tunables;
    for (std::string_view key : {"tls-key", "keyring"}) {
      if (column_of(key) != 0 && !tunables.tls && !tunables.concat) {
        report(column_of(key), Severity::kWarning, "--" + std::string(key) + " has no effect without --tls");
      }
    }
    if (tunables.tls) spec.unsupported_reason = "discovery over TLS (--tls) is not supported yet";
    else if (tunables.concat)
      spec.unsupported_reason = "discovery with secure concatenation (--concat) is not supported yet";
  }

  struct Seen {
    int column{0};
    int value_column{0};
  };

  std::vector<Word> words_;
  SourceLocation where_;
  bool suggests_;
  std::size_t next_{0};
  LineDraft draft_{};
  std::map<const LineOption*, Seen> seen_{};
  std::vector<Diagnostic> diagnostics_{};
  bool failed_{false};
};

/// Collects endpoints, each once.
class Collector {
 public:
  /// Further problems are only counted.
  bool is_full() const { return result_.diagnostics.size() >= kDiagnosticsMax; }

  void add(EndpointSpec spec) {
    if (!spec.held.empty()) {
      result_.endpoints.push_back(std::move(spec));
      return;
    }
    auto [first, is_new] = index_.try_emplace(endpoint_key(spec), result_.endpoints.size());
    if (is_new) {
      result_.endpoints.push_back(std::move(spec));
      return;
    }
    const EndpointSpec& kept = result_.endpoints[first->second];
    std::string message =
        same_but_for_place(kept, spec)
            ? "the same endpoint stands in line " + std::to_string(kept.where.line) + " already"
            : "the same endpoint with other options stands in line " + std::to_string(kept.where.line) +
                  "; that line counts, this one does not";
    diagnostics().push_back({std::move(spec.where), Severity::kWarning, std::move(message)});
  }

  std::vector<Diagnostic>& diagnostics() { return result_.diagnostics; }
  void skip() { ++result_.elsewhere; }
  void count_line() { ++result_.lines; }

  DiscoveryConf finish(const std::string& file) {
    std::vector<Diagnostic>& all = result_.diagnostics;
    if (all.size() > kDiagnosticsMax) {
      std::string rest = std::to_string(all.size() - kDiagnosticsMax) + " more problems are not shown";
      all.resize(kDiagnosticsMax);
      all.push_back({{file, 0, 0}, Severity::kError, std::move(rest)});
    }
    return std::move(result_);
  }

 private:
  DiscoveryConf result_{};
  std::map<std::string, std::size_t> index_{};
};

/// Reads a file's lines, and keeps in mind for which nodes they are.
class FileReader {
 public:
  FileReader(const std::string& file, const NodeFacts& node) : file_(file), node_(node) {}

  void read_line(std::string_view text, int line) {
    if (text.size() > kLineMax) return refuse(line, 0, "the line is longer than 64 KiB");
    if (const std::optional<Selection> selection = parse_only_line(text)) return select(*selection, line);
    Words words = split_words(text);
    const bool empty = words.error.empty() && words.words.empty();
    if (empty) return;
    collector_.count_line();
    if (selected_ == Selected::kNo) return collector_.skip();
    if (!words.error.empty() || !put_node_name(words, node_.name)) return refuse(line, words.error_column, words.error);
    const bool suggests = !collector_.is_full();
    std::optional<EndpointSpec> spec = Line(std::move(words.words), {file_, line, 0}, suggests).read(collector_.diagnostics());
    if (!spec) return;
    spec->held = held_;
    collector_.add(std::move(*spec));
  }

  DiscoveryConf finish() { return collector_.finish(file_); }

 private:
  void refuse(int line, int column, std::string message) {
    collector_.diagnostics().push_back({{file_, line, column}, Severity::kError, std::move(message)});
  }

  void select(const Selection& selection, int line) {
    selected_ = selects(selection, node_);
    held_.clear();
    if (!selection.error.empty()) {
      held_ = "the '# only:' in line " + std::to_string(line) + " can't be read";
      refuse(line, selection.error_column, selection.error + "; the lines below it are held");
    } else if (selected_ == Selected::kUnknown) {
      held_ = "'# only:' in line " + std::to_string(line) + ": " + node_.why_no_labels;
    }
  }

  const std::string& file_;
  const NodeFacts& node_;
  Collector collector_{};
  Selected selected_{Selected::kYes};
  std::string held_{};
};

}  // namespace

DiscoveryConf parse_discovery_conf(std::string_view text, const std::string& file, const NodeFacts& node) {
  FileReader reader(file, node);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (int line = 1; !text.empty(); ++line) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view body = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (body.ends_with('\r')) body.remove_suffix(1);
    reader.read_line(body, line);
  }
  return reader.finish();
}

}  // namespace config
