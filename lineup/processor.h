// Which of three builds of an inner loop this processor runs. EFFACE_LINEUP_PROCESSOR=avx2 or plain
// in the environment takes a slower one, so that tests reach all of them.
#ifndef EFFACE_LINEUP_PROCESSOR_H_
#define EFFACE_LINEUP_PROCESSOR_H_

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace lineup {

#ifdef __clang__
#define LINEUP_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi2,popcnt")))
#else  // plain loops too
#define LINEUP_AVX512 \
  __attribute__((     \
      target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi2,popcnt,prefer-vector-width=512")))
#endif
#define LINEUP_AVX2 __attribute__((target("avx2,fma")))

enum class Processor { kPlain, kAvx2, kAvx512 };

inline Processor ThisProcessor() {
  static const Processor processor = [] {
    const Processor best =
        __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                __builtin_cpu_supports("bmi2")
            ? Processor::kAvx512
        : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? Processor::kAvx2
                                                                          : Processor::kPlain;
    const char* wish = std::getenv("EFFACE_LINEUP_PROCESSOR");
    const std::string_view most = wish == nullptr ? "" : wish;
    return std::min(best, most == "plain"  ? Processor::kPlain
                          : most == "avx2" ? Processor::kAvx2
                                           : Processor::kAvx512);
  }();
  return processor;
}

}  // namespace lineup

#endif  // EFFACE_LINEUP_PROCESSOR_H_
