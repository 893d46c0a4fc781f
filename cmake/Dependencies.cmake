# Every library that Efface links, found once. Versions are the minimum that Debian 12 has.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(GTest 1.12 REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
pkg_check_modules(nettle REQUIRED IMPORTED_TARGET nettle>=3.8)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3>=3.40)
pkg_check_modules(jpeg REQUIRED IMPORTED_TARGET libjpeg>=2.1.5)
pkg_check_modules(png REQUIRED IMPORTED_TARGET libpng>=1.6.39)
pkg_check_modules(tiff REQUIRED IMPORTED_TARGET libtiff-4>=4.5.0)
pkg_check_modules(webp REQUIRED IMPORTED_TARGET libwebp>=1.2.4 libwebpmux libwebpdemux)
pkg_check_modules(avif REQUIRED IMPORTED_TARGET libavif>=0.11.1)
pkg_check_modules(heif REQUIRED IMPORTED_TARGET libheif>=1.15.1)
pkg_check_modules(de265 REQUIRED IMPORTED_TARGET libde265>=1.0.11)
pkg_check_modules(dav1d REQUIRED IMPORTED_TARGET dav1d>=1.0.0)
# lineup only
pkg_check_modules(minizip REQUIRED IMPORTED_TARGET minizip>=1.1)
# sweep only
pkg_check_modules(libarchive REQUIRED IMPORTED_TARGET libarchive>=3.6)
pkg_check_modules(pugixml REQUIRED IMPORTED_TARGET pugixml>=1.13)
pkg_check_modules(hyperscan REQUIRED IMPORTED_TARGET libhs>=5.4)
pkg_check_modules(yamlcpp REQUIRED IMPORTED_TARGET yaml-cpp>=0.7)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus>=3.3)
find_package(GIF 5.2 REQUIRED)
# FFmpeg 5.1
pkg_check_modules(libav REQUIRED IMPORTED_TARGET libavformat>=59.27 libavcodec>=59.37 libavutil>=57.28 libswscale>=6.7)

# The wheel's own CMake package insists on plugins that scripts/setup leaves out.
file(GLOB openvino_library ${EFFACE_DEPS_DIR}/openvino/libs/libopenvino.so.*)
if(NOT openvino_library)
  message(FATAL_ERROR "OpenVINO is not in ${EFFACE_DEPS_DIR}: run scripts/setup first")
endif()
add_library(openvino::runtime SHARED IMPORTED)
set_target_properties(openvino::runtime PROPERTIES
  IMPORTED_LOCATION ${openvino_library}
  INTERFACE_INCLUDE_DIRECTORIES ${EFFACE_DEPS_DIR}/openvino/include)
