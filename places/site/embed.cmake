# cmake -DTO=assets.cc -DSTYLE=site.css -DSCRIPT=site.js -P embed.cmake: a C++ file that holds both texts.
file(READ ${STYLE} style)
file(READ ${SCRIPT} script)
if("${style}${script}" MATCHES "\\)efface\"")
  message(FATAL_ERROR "${STYLE} or ${SCRIPT} holds the end mark of the C++ text that it is to become")
endif()
file(WRITE ${TO} "#include \"places/site/assets.h\"\n\nnamespace places::site {\n\n"
     "std::string_view StyleSheet() { return R\"efface(" "${style}" ")efface\"; }\n\n"
     "std::string_view Script() { return R\"efface(" "${script}" ")efface\"; }\n\n}  // namespace places::site\n")
