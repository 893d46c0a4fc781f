# cmake -DFROM=places.json -DTO=data.cc -P embed.cmake: a C++ file that holds the text FROM.
file(READ ${FROM} text)
if(text MATCHES "\\)efface\"")
  message(FATAL_ERROR "${FROM} holds the end mark of the C++ text that it is to become")
endif()
file(WRITE ${TO} "#include \"places/register/data.h\"\n\nnamespace places {\n\n"
     "std::string_view BuiltinJson() { return R\"efface(" "${text}" ")efface\"; }\n\n}  // namespace places\n")
