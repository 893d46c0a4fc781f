// What kind of file a name and its first bytes speak of.
#ifndef EFFACE_SWEEP_KINDS_H_
#define EFFACE_SWEEP_KINDS_H_

#include <string_view>

#include "base/bytes.h"

namespace sweep {

// How comments are written.
enum class Comments { kNone, kSlashes, kHash, kPython, kXml, kDashes, kSemicolon };

enum class FileKind {
  kSource,
  kConfig,
  kProse,  // documentation, licences, and texts of which nothing is known: people write there about
           // things
  kBinary,  // holds a NUL byte
};

struct Kind {
  FileKind kind = FileKind::kProse;
  Comments comments = Comments::kNone;
};

// `name` is a path or a file's name; `head` its first bytes, 512 or more where there are so many.
Kind KindOf(std::string_view name, efface::ByteView head);

// True where `head` (the first 512 bytes or more) begins an archive or a compressed file that
// archive.h opens.
bool IsArchive(efface::ByteView head);

// True where the byte at `offset` of `text` stands in a comment (or, in Python, in a text of
// several lines, which mostly is documentation).
bool InComment(std::string_view text, size_t offset, Comments comments);

// The part of a path behind its last / or !.
std::string_view BaseName(std::string_view path);

}  // namespace sweep

#endif  // EFFACE_SWEEP_KINDS_H_
