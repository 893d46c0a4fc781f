// Archives, and all that is found in them: entries are examined with every built-in rule.
#include "sweep/examine.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const sweep::Matcher& matcher =
      *new sweep::Matcher(*sweep::Matcher::Build(*sweep::BuiltInRules(), {.mentions = true}));
  sweep::ExamineOptions options;
  options.mentions = true;
  options.scratch = "/tmp";
  options.limits = {.depth = 3,
                    .unpacked = int64_t{1} << 24,
                    .ratio = 100,
                    .ratio_from = int64_t{1} << 22,
                    .entries = 1000};
  sweep::MemoryBudget budget(int64_t{1} << 22);
  sweep::Collector collector;
  sweep::Images images;
  sweep::Examiner(matcher, options, budget, collector, images)
      .Examine("fuzz", sweep::Content::OfView({data, size}));
  auto findings = collector.TakeFindings();
  images.Place(findings);
  return 0;
}
