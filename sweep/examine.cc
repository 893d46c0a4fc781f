#include "sweep/examine.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include "base/sha256.h"
#include "sweep/models/embedded.h"
#include "sweep/packages.h"

namespace sweep {
namespace {

constexpr size_t kPart = size_t{4} << 20;  // bytes of a long file that are searched at once
constexpr size_t kOverlap =
    kMaxMatch + 1;  // of one part with the next; a match and the character before it
constexpr int64_t kMaxManifestText = int64_t{64} << 20;
constexpr size_t kMaxMatches = 10'000;  // of one part; more say nothing new
constexpr size_t kMaxShown = 160;       // bytes of a line that are shown
constexpr size_t kHead = 8192;
constexpr size_t kMaxMarks = 4096;  // places of a binary where a model may begin
constexpr int kMaxEmbedded = 32;    // of them, those that are read
static_assert(kMaxMark <= kOverlap);

std::string_view AsText(efface::ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string LineAround(std::string_view text, size_t begin, size_t end) {
  const size_t before = text.substr(0, begin).rfind('\n');
  size_t from = before == std::string_view::npos ? 0 : before + 1;
  if (begin - from > kMaxShown / 2) from = begin - kMaxShown / 2;
  size_t to = std::min(text.find('\n', end), text.size());
  to = std::min(to, from + std::max(kMaxShown, end - from));
  return efface::DisplayName(std::string(absl::StripAsciiWhitespace(
      absl::string_view(text.data() + from, std::min(to - from, 2 * kMaxShown)))));
}

}  // namespace

// What one file meets: a finding for each rule.
struct Examiner::Hits {
  const Matcher& matcher;
  const std::string& path;
  std::vector<Finding> findings = {};

  void Add(int rule, std::string evidence, int64_t offset = -1, int64_t line = 0,
           bool mention = false, Confidence confidence = Confidence::kHigh) {
    confidence = mention
                     ? Confidence::kLow
                     : std::min(confidence, matcher.rules()[static_cast<size_t>(rule)].confidence);
    for (Finding& finding : findings) {
      if (finding.rule != rule) continue;
      const bool better = (finding.mention && !mention) ||
                          (finding.mention == mention && confidence > finding.confidence);
      if (finding.mention == mention) ++finding.count;
      if (better)
        finding = {rule,
                   path,
                   offset,
                   line,
                   std::move(evidence),
                   finding.mention == mention ? finding.count : 1,
                   confidence,
                   mention,
                   {},
                   {}};
      return;
    }
    findings.push_back(
        {rule, path, offset, line, std::move(evidence), 1, confidence, mention, {}, {}});
  }
};

Examiner::Examiner(const Matcher& matcher, const ExamineOptions& options, MemoryBudget& budget,
                   Collector& collector, Images& images)
    : matcher_(matcher),
      options_(options),
      budget_(budget),
      collector_(collector),
      images_(images) {
  for (int set = 0; set < Matcher::kSets; ++set)
    scratches_.emplace_back(matcher.set(static_cast<Matcher::Set>(set)));
}

void Examiner::Examine(const std::string& path, Content content) {
  Unpacked unpacked{.file_size = content.size()};
  One(path, content, 0, unpacked);
}

void Examiner::One(const std::string& path, Content& content, int depth, Unpacked& unpacked) {
  Hits hits{matcher_, path};
  if (options_.literal) {
    Search(path, content, Matcher::kLiteralSet, {FileKind::kSource, Comments::kNone}, hits);
  } else {
    std::vector<int> rules;
    matcher_.FindName(path, rules);
    for (const int rule : rules)
      hits.Add(rule, absl::StrCat("the file is named ", std::string(BaseName(path))));
    efface::Bytes head(static_cast<size_t>(std::min<int64_t>(kHead, content.size())));
    if (const auto count = content.Read(0, head); !count.ok()) {
      collector_.Add(Note{path, std::string(count.status().message())});
      return;
    }
    if (matcher_.WantsHash(content.size())) Hash(content, hits);
    const Kind kind = KindOf(path, head);
    const bool archive = IsArchive(head);
    const bool model = matcher_.WantsModels() && kind.kind != FileKind::kSource &&
                       content.size() >= 64 && Model(path, content, hits);
    if (Images::MayBeManifest(path, content.size()) && !archive) {
      if (const auto bytes = content.View(); bytes.ok()) images_.AddManifest(path, AsText(*bytes));
    }
    if (archive && !model) {
      Unpack(path, content, depth, unpacked);
    } else {
      if (kind.kind != FileKind::kBinary && content.size() <= kMaxManifestText && IsManifest(path))
        Packages(path, content, hits);
      switch (kind.kind) {
        case FileKind::kSource:
          Search(path, content, Matcher::kSourceSet, kind, hits);
          break;
        case FileKind::kConfig:
          Search(path, content, Matcher::kConfigSet, kind, hits);
          break;
        case FileKind::kBinary:
          marks_.clear();
          Search(path, content, Matcher::kBinarySet, kind, hits);
          if (!model && !marks_.empty()) EmbeddedModels(content, hits);
          break;
        case FileKind::kProse:
          if (options_.mentions) Search(path, content, Matcher::kMentionSet, kind, hits);
          break;
      }
    }
  }
  if (hits.findings.empty()) return;
  // A rules file of this program's own holds all that it looks for.
  if (!options_.own_rules.empty() && content.size() < (8 << 20)) {
    if (const auto bytes = content.View();
        bytes.ok() && options_.own_rules.contains(efface::Sha256Hex(*bytes)))
      return;
  }
  for (Finding& finding : hits.findings)
    if (!finding.mention || options_.mentions) collector_.Add(std::move(finding));
}

void Examiner::Search(const std::string& path, const Content& content, Matcher::Set set, Kind kind,
                      Hits& hits) {
  const bool models = set == Matcher::kBinarySet && matcher_.WantsModels();
  if (matcher_.set(set).empty() && !models) return;
  if (content.in_memory()) {
    if (models) FindModelMarks(content.memory(), 0, kMaxMarks, marks_);
    SearchPart(AsText(content.memory()), 0, true, 0, 1, set, kind, hits);
    return;
  }
  buffer_.resize(kPart);
  size_t kept = 0;  // bytes at the buffer's start that the part before had as well
  int64_t line = 1;
  for (int64_t at = 0; at < content.size();) {
    const auto count = content.Read(at, std::span(buffer_).subspan(kept));
    if (!count.ok() || *count == 0) {
      if (!count.ok()) collector_.Add(Note{path, std::string(count.status().message())});
      return;
    }
    const std::string_view text = AsText(std::span(buffer_).first(kept + *count));
    if (models)
      FindModelMarks(std::span(buffer_).first(text.size()), at - static_cast<int64_t>(kept),
                     kMaxMarks, marks_);
    SearchPart(text, kept, at + static_cast<int64_t>(*count) >= content.size(),
               at - static_cast<int64_t>(kept), line, set, kind, hits);
    at += static_cast<int64_t>(*count);
    const size_t keep = std::min(kOverlap, text.size());
    if (kind.kind != FileKind::kBinary)
      line += std::count(text.begin(), text.end() - static_cast<ptrdiff_t>(keep), '\n');
    std::copy(buffer_.begin() + static_cast<ptrdiff_t>(text.size() - keep),
              buffer_.begin() + static_cast<ptrdiff_t>(text.size()), buffer_.begin());
    kept = keep;
  }
}

// `fresh`: bytes from the start that were searched before. A match that ends with the text is left
// to the next part, since what comes behind it decides whether it is a word, unless this part is
// the `final` one.
void Examiner::SearchPart(std::string_view text, size_t fresh, bool final, int64_t offset,
                          int64_t line, Matcher::Set set, Kind kind, Hits& hits) {
  matches_.clear();
  matcher_.set(set).Find(text, scratches_[set], kMaxMatches, matches_);
  if (matches_.empty()) return;
  std::string small;  // the text in small letters, once it is needed
  size_t counted = 0;
  const Match* last = nullptr;
  std::sort(matches_.begin(), matches_.end(), [](const Match& a, const Match& b) {
    return std::tie(a.begin, a.pattern, a.end) < std::tie(b.begin, b.pattern, b.end);
  });
  for (const Match& match : matches_) {
    if (match.end < fresh || (!final && match.end == text.size())) continue;
    if (last != nullptr && last->pattern == match.pattern && last->begin == match.begin) continue;
    last = &match;
    const Matcher::Target target = matcher_.target(set, match.pattern);
    const Pattern& pattern = matcher_.rules()[static_cast<size_t>(target.rule)]
                                 .patterns[static_cast<size_t>(target.pattern)];
    const auto& not_below = matcher_.rules()[static_cast<size_t>(target.rule)].not_below;
    if (!not_below.empty()) {
      const std::string path = absl::AsciiStrToLower(hits.path);
      if (std::any_of(not_below.begin(), not_below.end(), [&](const std::string& part) {
            return path.find(part) != std::string::npos;
          }))
        continue;
    }
    if (!pattern.with.empty()) {
      if (small.empty()) small = absl::AsciiStrToLower(absl::string_view(text.data(), text.size()));
      if (std::none_of(pattern.with.begin(), pattern.with.end(), [&](const std::string& other) {
            return small.find(other) != std::string::npos;
          }))
        continue;
    }
    line += std::count(text.begin() + static_cast<ptrdiff_t>(counted),
                       text.begin() + static_cast<ptrdiff_t>(match.begin), '\n');
    counted = match.begin;
    const bool binary = kind.kind == FileKind::kBinary;
    const bool mention =
        kind.kind == FileKind::kProse || (!binary && InComment(text, match.begin, kind.comments));
    if (mention && !options_.mentions) continue;
    hits.Add(target.rule,
             binary ? absl::StrCat("holds the text ",
                                   efface::DisplayName(std::string(text.substr(
                                       match.begin, std::min(match.end - match.begin, kMaxShown)))))
                    : LineAround(text, match.begin, match.end),
             offset + static_cast<int64_t>(match.begin), binary ? 0 : line, mention);
  }
}

void Examiner::Packages(const std::string& path, Content& content, Hits& hits) {
  const auto bytes = content.View();
  if (!bytes.ok()) return;
  const std::string_view text = AsText(*bytes);
  std::vector<int> rules;
  for (const PackageUse& use : ReadPackages(path, text)) {
    rules.clear();
    matcher_.FindPackage(use, rules);
    for (const int rule : rules)
      hits.Add(
          rule,
          absl::StrCat(std::string(EcosystemName(use.ecosystem)), " package ",
                       efface::DisplayName(use.name)),
          static_cast<int64_t>(use.offset),
          1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(use.offset), '\n'));
  }
}

// `inside`: where the model begins in a binary; -1: it is the file.
void Examiner::Judged(const ModelFacts& facts, int64_t inside, Hits& hits) {
  const ModelVerdict verdict = Judge(facts);
  const std::string format(ModelFormatName(facts.format));
  std::vector<int> rules;
  matcher_.FindModel(verdict.kind, rules);
  for (const int rule : rules)
    hits.Add(rule,
             absl::StrCat(inside < 0 ? absl::StrCat(format, " model: ")
                                     : absl::StrCat("holds a model (", format, "): "),
                          verdict.reason),
             inside, 0, false, verdict.confidence);
}

// True where the content is a model.
bool Examiner::Model(const std::string& path, Content& content, Hits& hits) {
  const auto bytes = content.View();
  if (!bytes.ok()) return false;
  const auto facts = ReadModel(path, *bytes);
  if (!facts.ok()) {
    collector_.Add(Note{path, std::string(facts.status().message())});
    return false;
  }
  if (!facts->has_value()) return false;
  Judged(**facts, -1, hits);
  return true;
}

// Judges models inside a binary. What lies there is nobody's word that it is a model, so what can't
// be read is passed over.
void Examiner::EmbeddedModels(Content& content, Hits& hits) {
  const auto bytes = content.View();
  if (!bytes.ok()) return;
  std::sort(marks_.begin(), marks_.end());
  marks_.erase(std::unique(marks_.begin(), marks_.end()), marks_.end());
  int read = 0;
  for (const int64_t mark : marks_) {
    const efface::ByteView model = ModelAt(*bytes, static_cast<size_t>(mark));
    if (model.empty()) continue;
    if (++read > kMaxEmbedded) {
      collector_.Add(Note{hits.path, absl::StrCat("may hold more than ", kMaxEmbedded,
                                                  " models; the others were not read")});
      return;
    }
    const auto facts = ReadModel("", model);
    if (!facts.ok() || !facts->has_value()) continue;
    Judged(**facts, mark, hits);
  }
}

void Examiner::Hash(const Content& content, Hits& hits) {
  efface::Sha256 sum;
  buffer_.resize(kPart);
  for (int64_t at = 0; at < content.size();) {
    const auto count = content.Read(at, buffer_);
    if (!count.ok() || *count == 0) return;
    sum.Add(std::span(buffer_).first(*count));
    at += static_cast<int64_t>(*count);
  }
  std::vector<int> rules;
  const std::string hex = sum.Hex();
  matcher_.FindHash(hex, rules);
  for (const int rule : rules) hits.Add(rule, absl::StrCat("the file's SHA-256 is ", hex));
}

void Examiner::Unpack(const std::string& path, const Content& content, int depth,
                      Unpacked& unpacked) {
  if (depth >= options_.limits.depth) {
    collector_.Add(
        Note{path, absl::StrCat("lies in ", depth,
                                " archives within archives (--max-depth), and was not opened")});
    return;
  }
  ArchiveVisitor visitor;
  visitor.file = [&](Entry entry) {
    One(absl::StrCat(path, "!", entry.name), entry.content, depth + 1, unpacked);
  };
  visitor.wanted = [&](const std::string& name) {
    images_.AddName(path, name);
    return true;
  };
  visitor.odd = [&](const std::string& sentence, bool incomplete) {
    collector_.Add(Note{path, sentence, incomplete});
  };
  const absl::Status status =
      WalkArchive(content, path, options_.limits, budget_, options_.scratch, unpacked, visitor);
  if (!status.ok()) collector_.Add(Note{path, std::string(status.message())});
}

}  // namespace sweep
