#include "lineup/odds.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace lineup {
namespace {

bool IsShare(double value) { return value >= 0 && value <= 1; }

// 1 - (1 - f)^n, without loss for small f.
double AtLeastOne(double f, double n) {
  return f >= 1 ? (n > 0 ? 1 : 0) : -std::expm1(n * std::log1p(-f));
}

}  // namespace

absl::StatusOr<Odds> OddsOf(const OddsInput& input) {
  if (!IsShare(input.fmr))
    return absl::InvalidArgumentError("the false match rate is a share from 0 to 1");
  if (!(input.gallery >= 1 && input.gallery <= 1e12))
    return absl::InvalidArgumentError("a gallery holds from 1 to 1e12 persons");
  if (input.fpir && !IsShare(*input.fpir))
    return absl::InvalidArgumentError("the FPIR is a share from 0 to 1");
  if (input.fnir && !IsShare(*input.fnir))
    return absl::InvalidArgumentError("the FNIR is a share from 0 to 1");
  if (input.prior && !IsShare(*input.prior))
    return absl::InvalidArgumentError(
        "the share of searches whose person is in the gallery is from 0 to 1");
  if (input.candidates != 0 && !(input.candidates >= 1 && input.candidates <= input.gallery))
    return absl::InvalidArgumentError("a list holds from 1 candidate to the whole gallery");
  Odds odds;
  if (input.candidates > 0) {
    odds.some_innocent = 1;
    odds.innocents = input.candidates;
    if (input.fnir && input.prior) odds.wrong_hits = 1 - *input.prior * (1 - *input.fnir);
    return odds;
  }
  odds.some_innocent = input.fpir.value_or(AtLeastOne(input.fmr, input.gallery));
  odds.innocents = input.fmr * input.gallery;
  if (input.fnir && input.prior) {
    const double beside = input.fpir.value_or(AtLeastOne(input.fmr, input.gallery - 1));
    const double wrong =
        (1 - *input.prior) * odds.some_innocent + *input.prior * *input.fnir * beside;
    const double right = *input.prior * (1 - *input.fnir);
    if (wrong + right > 0) odds.wrong_hits = wrong / (wrong + right);
  }
  return odds;
}

std::string Digits(double value) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.3g", value);
  const double size = std::abs(value);
  if (std::strchr(text, 'e') == nullptr || !(size >= 1e-9 && size < 1e9)) return text;
  std::snprintf(text, sizeof(text), "%.*f",
                std::max(0, 2 - static_cast<int>(std::floor(std::log10(size)))), value);
  std::string digits = text;
  while (digits.find('.') != std::string::npos && (digits.back() == '0' || digits.back() == '.'))
    digits.pop_back();
  return digits;
}

std::string Count(double value) {
  if (value != 0 && std::abs(value) < 100) return Digits(value);
  char text[64];
  std::snprintf(text, sizeof(text), "%.0f", value);
  std::string digits = text;
  for (auto at = static_cast<ptrdiff_t>(digits.size()) - 3; at > (digits[0] == '-' ? 1 : 0);
       at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

std::string InWords(double share, std::string_view things) {
  const std::string what(things);
  if (!(share > 0)) return absl::StrCat("none of the ", what);
  if (share >= 0.999995) return absl::StrCat("practically all of the ", what);
  if (share > 0.1) {
    char text[32];
    std::snprintf(text, sizeof(text), share > 0.99 ? "%.3f" : "%.1f", 100 * share);
    return absl::StrCat(text, " % of the ", what);
  }
  return absl::StrCat("1 of every ",
                      Count(share > 0.01 ? std::round(10 / share) / 10 : std::round(1 / share)),
                      " ", what);
}

namespace {

std::string ListInWords(const OddsInput& input, const Odds& odds) {
  std::string text = absl::StrCat(
      "A search that lists the ", Count(input.candidates), " most similar of ",
      Count(input.gallery), " people, whatever their scores, always returns ",
      input.candidates == 1 ? "somebody" : "people", ": for someone who is not in the gallery, ",
      Count(input.candidates), input.candidates == 1 ? " innocent person" : " innocent people",
      ", for a person to judge.\n");
  if (odds.wrong_hits)
    absl::StrAppend(&text, "If the person sought is in the gallery in ",
                    InWords(*input.prior, "searches"), ", and not listed in ",
                    InWords(*input.fnir, "searches for someone in it"), ", then ",
                    InWords(*odds.wrong_hits, "lists"), " hold only innocent people.\n");
  else
    text +=
        "How many lists hold only innocent people depends on how often the person sought is in the "
        "gallery at all, and how often it is not listed: give --prior and --fnir.\n";
  return text + "A listed person is a lead at best: a list is long because nobody has decided.\n";
}

}  // namespace

std::string OddsInWords(const OddsInput& input, const Odds& odds) {
  if (input.candidates > 0) return ListInWords(input, odds);
  std::string text = absl::StrCat(
      "Searching a gallery of ", Count(input.gallery),
      " for someone who is not in it returns at least one innocent person in ",
      InWords(odds.some_innocent, "searches"), " (FPIR ", Count(odds.some_innocent), ").\n");
  if (input.fmr > 0) {
    absl::StrAppend(&text, "In the mean such a search returns ", Count(odds.innocents),
                    " innocent ", odds.innocents == 1 ? "person" : "people", " (gallery times FMR ",
                    Count(input.fmr), ").\n");
  }
  if (odds.wrong_hits) {
    absl::StrAppend(&text, "If the person sought is in the gallery in ",
                    InWords(*input.prior, "searches"), ", and is missed in ",
                    InWords(*input.fnir, "searches for someone in it"), " (FNIR), then ",
                    InWords(*odds.wrong_hits, "searches that return someone"),
                    " return only innocent people (share of hits that are wrong ",
                    Count(*odds.wrong_hits), ").\n");
  } else {
    absl::StrAppend(&text,
                    "What share of hits is wrong depends on how often the person sought is in the "
                    "gallery at all, and "
                    "how often it is missed: give --prior and --fnir.\n");
  }
  absl::StrAppend(&text,
                  input.fpir
                      ? "The FPIR is measured, so it overrides 1 - (1 - FMR)^N, which assumes that "
                        "comparisons err "
                        "independently.\n"
                      : "This takes FPIR as 1 - (1 - FMR)^N, which assumes that comparisons err "
                        "independently. They "
                        "don't quite: some people are mistaken often, and people in a gallery may "
                        "be alike. An FPIR "
                        "measured by searches in a gallery of that size and kind overrides it.\n");
  absl::StrAppend(
      &text, "A returned person is a lead at best: a false match looks alike by construction.\n");
  return text;
}

}  // namespace lineup
