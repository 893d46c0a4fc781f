// The register's file as it was when the program was built. data.cc is made of it by embed.cmake.
#ifndef PLACES_REGISTER_DATA_H_
#define PLACES_REGISTER_DATA_H_

#include <string_view>

namespace places {

std::string_view BuiltinJson();

}  // namespace places

#endif  // PLACES_REGISTER_DATA_H_
