// For tests only: small colour profiles, as real as libpng and RebuildIcc want them.
#ifndef EFFACE_MEDIA_TEST_PROFILE_H_
#define EFFACE_MEDIA_TEST_PROFILE_H_

#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace efface {

using ProfileTags = std::vector<std::pair<std::string_view, Bytes>>;

inline Bytes ProfileOf(std::string_view space, const ProfileTags& tags, uint8_t version = 4) {
  Bytes profile(128);
  const auto put = [&](size_t at, std::string_view text) {
    std::copy(text.begin(), text.end(), profile.begin() + static_cast<ptrdiff_t>(at));
  };
  profile[8] = version;
  put(12, "mntr");
  put(16, space);
  put(20, "XYZ ");
  put(36, "acsp");
  put(48, "MAKR");
  put(52, "MODL");
  put(68, std::string_view("\0\0\xF6\xD6\0\1\0\0\0\0\xD3\x2D", 12));
  put(80, "CREA");
  AppendUint(profile, tags.size(), 4, Endian::kBig);
  size_t at = 132 + 12 * tags.size();
  for (const auto& [name, data] : tags) {
    Append(profile, AsBytes(name));
    AppendUint(profile, at, 4, Endian::kBig);
    AppendUint(profile, data.size(), 4, Endian::kBig);
    at += (data.size() + 3) / 4 * 4;
  }
  for (const auto& [name, data] : tags) {
    Append(profile, data);
    profile.resize((profile.size() + 3) / 4 * 4);
  }
  Bytes size;
  AppendUint(size, profile.size(), 4, Endian::kBig);
  std::copy(size.begin(), size.end(), profile.begin());
  return profile;
}

inline Bytes Element(std::string_view text) {
  const ByteView bytes = AsBytes(text);
  return Bytes(bytes.begin(), bytes.end());
}

inline Bytes Xyz(uint32_t x, uint32_t y, uint32_t z) {
  Bytes tag = Element(std::string_view("XYZ \0\0\0\0", 8));
  for (const uint32_t value : {x, y, z}) AppendUint(tag, value, 4, Endian::kBig);
  return tag;
}

inline Bytes Gamma() { return Element(std::string_view("curv\0\0\0\0\0\0\0\1\2\x33", 14)); }

// With a private tag that says `secret`.
inline Bytes GreyProfile(std::string_view secret = "") {
  ProfileTags tags = {{"wtpt", Xyz(0xF6D6, 0x10000, 0xD32D)}, {"kTRC", Gamma()}};
  if (!secret.empty()) tags.emplace_back("priv", Element(secret));
  return ProfileOf("GRAY", tags);
}

inline Bytes RgbProfile(std::string_view secret = "") {
  ProfileTags tags = {{"wtpt", Xyz(0xF6D6, 0x10000, 0xD32D)},
                      {"rXYZ", Xyz(0x6FA2, 0x38F5, 0x390)},
                      {"gXYZ", Xyz(0x6299, 0xB785, 0x18DA)},
                      {"bXYZ", Xyz(0x24A0, 0xF84, 0xB6CF)},
                      {"rTRC", Gamma()},
                      {"gTRC", Gamma()},
                      {"bTRC", Gamma()}};
  if (!secret.empty()) tags.emplace_back("priv", Element(secret));
  return ProfileOf("RGB ", tags);
}

}  // namespace efface

#endif  // EFFACE_MEDIA_TEST_PROFILE_H_
