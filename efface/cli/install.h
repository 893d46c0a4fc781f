// Where the installed program finds its parts.
#ifndef EFFACE_CLI_INSTALL_H_
#define EFFACE_CLI_INSTALL_H_

#include <string>

namespace efface {

// ../share/efface/centerface.xml from the program's own folder; EFFACE_MODEL in the environment
// overrides it.
std::string ModelPath();

// $XDG_CACHE_HOME/efface or ~/.cache/efface, for compiled models only; empty where there is no
// home.
std::string CachePath();

}  // namespace efface

#endif  // EFFACE_CLI_INSTALL_H_
