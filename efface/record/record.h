// The record of one redacted file, "efface-record/1": what was found, what was hidden, with which
// settings, and the hashes of input and output. docs/efface-record-1.schema.json describes the JSON
// form.
#ifndef EFFACE_RECORD_RECORD_H_
#define EFFACE_RECORD_RECORD_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "base/signing.h"
#include "efface/scrub/removed.h"

namespace efface {

enum class MaskSource { kDetected, kFollowed, kFilled, kDrawn };

// One mask on one frame. x, y, width, height: the bounding box, in pixels of the upright picture as
// shown, of the hidden ellipse; for kDrawn the box itself is hidden. It may pass the picture's
// border.
struct Mask {
  int64_t frame = 0;  // shown frames of the face's track (in a photo: pages) from 0
  double x = 0, y = 0, width = 0, height = 0;
  double score = 0;  // the detector's, 0..1; 1 where drawn
  MaskSource source = MaskSource::kDetected;
};

enum class FaceOrigin { kDetected, kDrawn };

struct Face {
  int64_t face = 0;  // from 1; a place in this file, never a person
  int track = 0;     // the video track of a clip that it is seen in
  FaceOrigin origin = FaceOrigin::kDetected;
  bool redact = true;                 // false: left visible on purpose
  std::optional<std::string> reason;  // why, where a person said so
  std::vector<Mask> masks;
};

// A moment of a clip that a person should look at.
struct Doubt {
  int64_t face = 0;         // Face::face; 0: of none
  double from = 0, to = 0;  // seconds from the start of the presentation, 0 <= from <= to
  std::string why;          // in kebab case; docs/record.md says what each stands for
};

struct Record {
  struct Tool {
    std::string name, version;
  } tool;
  struct Model {
    std::string name, sha256;
  } model;  // empty: no model was asked (a scrub)
  struct Input {
    std::string file;  // name without folder; bytes that are not UTF-8 as U+FFFD
    int64_t bytes = 0;
    std::string sha256;
    std::string kind = "photo";  // "photo" or "clip"
    int width = 0, height = 0;   // of the first frame of the first video track, upright
    int64_t frames = 1;          // shown; where there are several video tracks, of the longest
  } input;
  struct Output {
    std::string file;
    int64_t bytes = 0;
    std::string sha256;
  };
  std::optional<Output> output;  // none where nothing was written (inspect)
  // All that changes the result, name and JSON text of the value ("\"membrane\"", "0.2"), in order.
  std::vector<std::pair<std::string, std::string>> settings;
  // What a law of the place of use says of redaction software, as the register of bans has it. It
  // changes no result, and is no legal advice.
  struct Place {
    std::string id, name;            // "us-ma-boston", "Boston, Massachusetts"
    std::string law;                 // empty: not known by number
    std::string scope, standing;     // as the register has them; `standing` on the day `as_of`
    std::string as_of;               // the register's day, YYYY-MM-DD
    std::string redaction_software;  // one of kRedactionWords
    std::string basis;               // a sentence: what was read
    std::string source;              // an address
    bool confirmed = false;          // the law's own text was read

    bool operator==(const Place&) const = default;
  };
  std::optional<Place> place;
  std::vector<Face> faces;
  std::vector<Doubt> doubtful;  // clips only; written in the order of time
  std::vector<Removed> removed;
  std::vector<std::string> kept;      // what was carried over beside the picture, as Keep names it
  std::vector<std::string> warnings;  // sentences
  bool has_signature = false;         // a record read has one, valid or not; see signature.h
};

// Text keeps two decimals of a pixel, four of a score and three of a second. This is `mask` with
// the numbers that are read back from its text, so that to obey a record read gives the same bytes
// as to obey it at once. Text of what was read is the same text again.
Mask Rounded(const Mask& mask);

// Writes a record piece by piece, in one line a face, so that a person can read and edit it. The
// record's size is bounded by nothing here, and memory by one buffer. Used by one thread at a time.
class RecordWriter {
 public:
  // Takes the text in pieces, in order: [fd](ByteView bytes) { return WriteAll(fd, bytes); }, say.
  // Its first error ends all calls, and comes back from End.
  using Put = std::function<absl::Status(ByteView)>;

  // Writes what stands before the faces: all of `head` but its faces and what End writes.
  // `key`: signs the record; null: it has no signature. Must outlive the writer.
  RecordWriter(const Record& head, Put put, const SigningKey* key = nullptr);

  // Begins a face, with its masks, if any; AddMask adds more to the face that was added last.
  void AddFace(const Face& face);
  void AddMask(const Mask& mask);

  // Writes what stands behind the faces: doubtful, removed, kept and warnings of `tail`. The text
  // is whole only if this succeeded. Once, as the last call.
  absl::Status End(const Record& tail);

 private:
  void EndFace();
  void Flush(size_t least);

  Put put_;
  const SigningKey* key_;
  Signer signer_;  // of all that was put, where there is a key
  absl::Status status_;
  std::string text_;  // not put yet
  bool clip_ = false, in_face_ = false, first_face_ = true, first_mask_ = true;
};

// The text of a record that is in memory, as RecordWriter writes it.
std::string WriteRecord(const Record& record, const SigningKey* key = nullptr);

// InvalidArgument, with a sentence that says where, if `json` is not a record of this format: every
// field is checked (types, ranges, finite numbers, columns in any order but complete, nothing
// twice). At most 32 MiB.
absl::StatusOr<Record> ReadRecord(std::string_view json);

// Limits on hostile records that are streamed; over one: InvalidArgument with a sentence.
struct RecordLimits {
  int64_t max_faces = 1'000'000;
  int64_t max_doubtful = 1'000'000;
  int64_t max_rest = int64_t{64} << 20;  // bytes of memory, about, for all but faces and masks
  int64_t max_text = int64_t{1} << 20;   // bytes of one text, number or gap between them
  int max_depth = 32;                    // lists and objects within each other
  int max_members = 1000;                // of one object
};

// Gets one mask of the face that stands at place `index`, from 0, among the record's faces. What
// else is known of this face is known only at the end, since it may stand behind the masks in a
// file that a person has edited.
using MaskHandler = std::function<absl::Status(size_t index, const Mask& mask)>;

// Reads a record of any length from the regular file `fd`, from its beginning (with pread). Its
// masks go to `handler`, face after face in the order of the file, and everything else into the
// result, whose faces have no masks. Checks all that ReadRecord checks, so when it fails, masks may
// have been handed over already. Ends with the handler's error if there is one; else errors of
// ReadRecord, or Unavailable where `fd` can't be read.
absl::StatusOr<Record> StreamRecord(int fd, const MaskHandler& handler,
                                    const RecordLimits& limits = {});

}  // namespace efface

#endif  // EFFACE_RECORD_RECORD_H_
