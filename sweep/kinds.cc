#include "sweep/kinds.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <cstring>

namespace sweep {
namespace {

using efface::ByteView;
using efface::HasText;

const absl::flat_hash_map<std::string, Kind>& KindsByEnding() {
  static const auto* kinds = [] {
    auto* map = new absl::flat_hash_map<std::string, Kind>;
    const auto add = [&](FileKind kind, Comments comments,
                         std::initializer_list<const char*> endings) {
      for (const char* ending : endings) map->emplace(ending, Kind{kind, comments});
    };
    add(FileKind::kSource, Comments::kSlashes,
        {"c",     "h",    "cc",  "hh",     "cpp",   "hpp",    "cxx",    "hxx", "m",
         "mm",    "java", "kt",  "kts",    "scala", "groovy", "gradle", "go",  "rs",
         "swift", "cs",   "fs",  "js",     "jsx",   "mjs",    "cjs",    "ts",  "tsx",
         "mts",   "cts",  "vue", "svelte", "dart",  "php",    "proto",  "cu",  "cuh",
         "d",     "zig",  "v",   "ino",    "pas",   "aidl",   "inl",    "ipp"});
    add(FileKind::kSource, Comments::kPython, {"py", "pyw", "pyi", "pyx", "pxd"});
    add(FileKind::kSource, Comments::kHash,
        {"rb", "pl",  "pm",  "sh",   "bash", "zsh", "fish",  "r",  "jl",  "nim",
         "ex", "exs", "ps1", "psm1", "awk",  "tcl", "cmake", "mk", "bzl", "podspec"});
    add(FileKind::kSource, Comments::kDashes, {"lua", "sql", "hs", "elm", "adb", "ads", "vhd"});
    add(FileKind::kSource, Comments::kSemicolon, {"clj", "cljs", "lisp", "el", "scm"});
    add(FileKind::kSource, Comments::kNone,
        {"ipynb", "vb", "bas", "bat", "cmd", "erl", "ml", "mli"});
    add(FileKind::kConfig, Comments::kHash,
        {"yaml", "yml", "toml", "conf", "cfg", "properties", "env", "tf", "tfvars", "hcl",
         "service", "desktop", "rules", "dockerfile", "pbtxt", "prototxt", "list"});
    add(FileKind::kConfig, Comments::kSemicolon, {"ini", "inf", "reg"});
    add(FileKind::kConfig, Comments::kNone, {"json", "jsonc", "json5", "lock", "webmanifest"});
    add(FileKind::kConfig, Comments::kXml,
        {"xml", "plist", "xaml", "csproj", "vbproj", "fsproj", "props", "targets", "config",
         "storyboard", "xib", "entitlements", "manifest", "wsdl", "xsd"});
    add(FileKind::kProse, Comments::kXml, {"md", "markdown", "html", "htm", "xhtml", "svg"});
    add(FileKind::kProse, Comments::kNone,
        {"txt", "rst", "adoc", "asciidoc", "tex", "org", "pod",  "po",    "pot",  "csv", "tsv",
         "log", "rtf", "eml",  "srt",      "vtt", "bib", "diff", "patch", "dict", "aff", "map"});
    return map;
  }();
  return *kinds;
}

Kind KindByName(std::string_view base) {
  const std::string name = absl::AsciiStrToLower(absl::string_view(base.data(), base.size()));
  for (const char* prose :
       {"readme", "license", "licence", "copying", "changelog", "changes", "news", "authors",
        "notice", "contributing", "history", "third_party_notices", "thirdpartynotice"})
    if (absl::StartsWith(name, prose) && !absl::StrContains(name, ".py") &&
        !absl::StrContains(name, ".js"))
      return {FileKind::kProse, Comments::kNone};
  if (absl::StartsWith(name, "dockerfile") || absl::StartsWith(name, "makefile") ||
      name == "rakefile" || name == "gemfile" || name == "cmakelists.txt" || name == "podfile" ||
      name == "sconstruct" || name == "build.bazel" || name == "build")
    return {FileKind::kSource, Comments::kHash};
  if (absl::StartsWith(name, ".env") || absl::StartsWith(name, "requirements"))
    return {FileKind::kConfig, Comments::kHash};
  if (name == "go.mod") return {FileKind::kConfig, Comments::kSlashes};
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos) return {};
  const auto found = KindsByEnding().find(name.substr(dot + 1));
  return found == KindsByEnding().end() ? Kind{} : found->second;
}

bool KnownName(std::string_view base) {
  const size_t dot = base.rfind('.');
  return dot != std::string_view::npos &&
         KindsByEnding().contains(absl::AsciiStrToLower(
             absl::string_view(base.data() + dot + 1, base.size() - dot - 1)));
}

// Whether the ' at `at` is closed on its line. If not, it is an apostrophe, or belongs to a
// lifetime of Rust.
bool Closes(std::string_view text, size_t at) {
  const size_t end = text.find_first_of("'\n", at + 1);
  return end != std::string_view::npos && text[end] == '\'';
}

}  // namespace

std::string_view BaseName(std::string_view path) {
  const size_t slash = path.find_last_of("/!");
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

Kind KindOf(std::string_view name, ByteView head) {
  if (!head.empty() && std::memchr(head.data(), 0, head.size()) != nullptr)
    return {FileKind::kBinary, Comments::kNone};
  const std::string_view base = BaseName(name);
  const Kind kind = KindByName(base);
  if (kind.kind != FileKind::kProse || KnownName(base)) return kind;
  if (HasText(head, 0, "#!")) {
    const std::string_view line(reinterpret_cast<const char*>(head.data()),
                                std::min<size_t>(head.size(), 80));
    return {FileKind::kSource, line.find("python") != std::string_view::npos ? Comments::kPython
                               : line.find("node") != std::string_view::npos ? Comments::kSlashes
                                                                             : Comments::kHash};
  }
  return kind;
}

bool IsArchive(ByteView head) {
  using std::literals::operator""sv;
  for (const std::string_view magic :
       {"PK\x03\x04"sv, "PK\x05\x06"sv, "\x1f\x8b"sv,
        "\xfd"
        "7zXZ\0"sv,
        "\x28\xb5\x2f\xfd"sv, "7z\xbc\xaf\x27\x1c"sv, "\xed\xab\xee\xdb"sv, "070701"sv, "070702"sv,
        "070707"sv, "MSCF\0\0\0\0"sv, "Rar!\x1a\x07"sv, "xar!"sv, "\x04\x22\x4d\x18"sv})
    if (HasText(head, 0, magic)) return true;
  if (HasText(head, 0, "BZh") && head.size() > 10 && HasText(head, 4, "\x31\x41\x59\x26\x53\x59"))
    return true;
  if (HasText(head, 0, "!<arch>\ndebian-binary")) return true;
  if (HasText(head, 257, "ustar")) return true;
  return false;
}

bool InComment(std::string_view text, size_t offset, Comments comments) {
  if (comments == Comments::kNone) return false;
  enum { kCode, kLine, kBlock, kQuote, kTriple } state = kCode;
  char quote = 0;
  const auto at = [&](size_t i, std::string_view what) {
    return text.substr(i, what.size()) == what;
  };
  for (size_t i = 0; i < offset && i < text.size(); ++i) {
    const char c = text[i];
    switch (state) {
      case kCode:
        if (comments == Comments::kXml) {
          if (at(i, "<!--")) state = kBlock;
        } else if (comments == Comments::kSlashes && at(i, "//")) {
          state = kLine;
        } else if (comments == Comments::kSlashes && at(i, "/*")) {
          state = kBlock, ++i;
        } else if ((comments == Comments::kHash || comments == Comments::kPython) && c == '#' &&
                   (comments == Comments::kPython || i == 0 ||
                    absl::ascii_isspace(static_cast<unsigned char>(text[i - 1])))) {
          state = kLine;
        } else if (comments == Comments::kDashes && at(i, "--")) {
          state = kLine;
        } else if (comments == Comments::kSemicolon &&
                   (c == ';' || (c == '#' && (i == 0 || text[i - 1] == '\n')))) {
          state = kLine;
        } else if (comments == Comments::kPython && (at(i, "\"\"\"") || at(i, "'''"))) {
          state = kTriple, quote = c, i += 2;
        } else if (c == '"' || (c == '`' && comments == Comments::kSlashes) ||
                   (c == '\'' && Closes(text, i))) {
          state = kQuote, quote = c;
        }
        break;
      case kLine:
        if (c == '\n') state = kCode;
        break;
      case kBlock:
        if (comments == Comments::kXml ? at(i, "-->") : at(i, "*/")) state = kCode, ++i;
        break;
      case kQuote:
        if (c == '\\') {
          ++i;
        } else if (c == quote || (c == '\n' && quote != '`')) {
          state = kCode;
        }
        break;
      case kTriple:
        if (c == '\\') {
          ++i;
        } else if (c == quote && text.substr(i, 3) == std::string(3, quote)) {
          state = kCode, i += 2;
        }
        break;
    }
  }
  return state == kLine || state == kBlock || state == kTriple;
}

}  // namespace sweep
