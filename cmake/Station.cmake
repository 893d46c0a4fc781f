# efface_station(NAME USES target...): one folder is one static library, of every .cc file in it that is not a test,
# a fuzz target or a main program. USES names the targets it may include. Tests (x_test.cc) become one program,
# NAME_test; fuzz targets (x_fuzz.cc) one program each.
add_library(efface_options INTERFACE)
target_include_directories(efface_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(efface_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers -Werror)
# False alarms of GCC 12 in std::string's own code (GCC bug 105329).
target_compile_options(efface_options INTERFACE "$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-stringop-overflow;-Wno-array-bounds;-Wno-stringop-overread>")
if(EFFACE_SANITIZE)
  target_compile_options(efface_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(efface_options INTERFACE -fsanitize=address,undefined)
endif()
if(EFFACE_FUZZ)
  target_compile_options(efface_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined)
  target_link_options(efface_options INTERFACE -fsanitize=address,undefined)
endif()

function(efface_station name)
  cmake_parse_arguments(ARG "" "" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  set(fuzzers ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|_main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")

  if(NOT sources)
    add_library(${name} INTERFACE)
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC efface_options ${ARG_USES})
  # One precompiled header for all, the first station's: each takes as long as five files.
  if(TARGET base AND NOT name STREQUAL base)
    target_precompile_headers(${name} REUSE_FROM base)
  else()
    target_precompile_headers(${name} PRIVATE
      <algorithm> <array> <cmath> <cstdint> <functional> <map> <memory> <optional> <span> <string> <string_view> <vector>
      <absl/status/status.h> <absl/status/statusor.h> <absl/strings/str_cat.h>)
  endif()

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} GTest::gtest GTest::gmock GTest::gtest_main)
    # Tests call code that is optimised; they themselves only take longer to compile.
    target_compile_options(${name}_test PRIVATE $<$<CONFIG:Release>:-O1>)
    if(TARGET base_test AND NOT name STREQUAL base)
      target_precompile_headers(${name}_test REUSE_FROM base_test)
    else()
      target_precompile_headers(${name}_test PRIVATE <gmock/gmock.h> <gtest/gtest.h> <string> <vector> <absl/status/statusor.h>)
    endif()
    include(GoogleTest)
    # From the repository's root: paths in sources may be relative (ccache), so tests can't tell where that is.
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
  endif()
  if(EFFACE_FUZZ)
    foreach(fuzzer ${fuzzers})
      get_filename_component(fuzzer_name ${fuzzer} NAME_WE)
      add_executable(${fuzzer_name} ${fuzzer})
      target_link_libraries(${fuzzer_name} PRIVATE ${name} -fsanitize=fuzzer)
    endforeach()
  endif()
endfunction()

# efface_install(NAME [COMPONENT c]): bin/NAME, its man page and its completion of docs/.
function(efface_install name)
  cmake_parse_arguments(ARG "" "COMPONENT" "" ${ARGN})
  if(NOT ARG_COMPONENT)
    set(ARG_COMPONENT Unspecified)  # CMake's own default
  endif()
  install(TARGETS ${name} RUNTIME DESTINATION bin COMPONENT ${ARG_COMPONENT})
  install(FILES ${PROJECT_SOURCE_DIR}/docs/${name}.1 DESTINATION share/man/man1 COMPONENT ${ARG_COMPONENT})
  install(FILES ${PROJECT_SOURCE_DIR}/docs/${name}.bash-completion DESTINATION share/bash-completion/completions RENAME ${name}
          COMPONENT ${ARG_COMPONENT})
endfunction()
