"""Writes C++ that holds files, every bit inverted: embed_rules.py OUTPUT FILE..."""
import pathlib
import sys

output, *files = map(pathlib.Path, sys.argv[1:])
parts = ['#include "sweep/built_in_rules.h"\n\nnamespace sweep {\nnamespace {\n']
for index, file in enumerate(files):
    numbers = ",".join(str(byte ^ 0xFF) for byte in file.read_bytes())
    parts.append(f"constexpr unsigned char kFile{index}[] = {{{numbers}}};\n")
parts.append(f"const std::string_view kFiles[{len(files)}] = {{\n")
parts.extend(f"    {{reinterpret_cast<const char*>(kFile{i}), sizeof(kFile{i})}},\n" for i in range(len(files)))
parts.append("};\n}  // namespace\nconst std::span<const std::string_view> kBuiltInRules = kFiles;\n}  // namespace sweep\n")
output.write_text("".join(parts), encoding="ascii")
