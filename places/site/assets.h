// site.css and site.js as they were when the program was built. assets.cc is made by embed.cmake.
#ifndef PLACES_SITE_ASSETS_H_
#define PLACES_SITE_ASSETS_H_

#include <string_view>

namespace places::site {

std::string_view StyleSheet();
std::string_view Script();

}  // namespace places::site

#endif  // PLACES_SITE_ASSETS_H_
