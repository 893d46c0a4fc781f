#include "efface/fill/fill.h"

#include <array>
#include <utility>

#include "efface/fill/kinds.h"

namespace efface {
namespace {

constexpr std::array<std::pair<FillKind, std::string_view>, 4> kNames{{
    {FillKind::kMembrane, "membrane"},
    {FillKind::kSolid, "solid"},
    {FillKind::kPixelate, "pixelate"},
    {FillKind::kBlur, "blur"},
}};

constexpr std::array<std::pair<std::string_view, Color>, 3> kColors{{
    {"black", {0, 0, 0}},
    {"white", {255, 255, 255}},
    {"grey", {128, 128, 128}},
}};

std::optional<int> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

}  // namespace

std::optional<FillKind> ParseFillKind(std::string_view name) {
  for (const auto& [kind, known] : kNames) {
    if (name == known) return kind;
  }
  return std::nullopt;
}

std::string_view FillName(FillKind kind) {
  for (const auto& [known, name] : kNames) {
    if (kind == known) return name;
  }
  return "";
}

std::optional<Color> ParseColor(std::string_view text) {
  for (const auto& [name, color] : kColors) {
    if (text == name) return color;
  }
  if (!text.empty() && text.front() == '#') text.remove_prefix(1);
  if (text.size() != 6) return std::nullopt;
  std::array<uint8_t, 3> parts{};
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto high = HexDigit(text[2 * i]), low = HexDigit(text[2 * i + 1]);
    if (!high || !low) return std::nullopt;
    parts[i] = static_cast<uint8_t>(*high * 16 + *low);
  }
  return Color{parts[0], parts[1], parts[2]};
}

void Fill(FillKind kind, Color color, const Patch& patch, const PlaneView& plane,
          Accuracy accuracy) {
  switch (kind) {
    case FillKind::kMembrane:
      return FillMembrane(patch, plane, accuracy);
    case FillKind::kSolid:
      return FillSolid(color, patch, plane);
    case FillKind::kPixelate:
      return FillPixelate(patch, plane);
    case FillKind::kBlur:
      return FillBlur(patch, plane);
  }
}

}  // namespace efface
