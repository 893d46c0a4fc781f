// The site's pages, whole.
#ifndef PLACES_SITE_PAGES_H_
#define PLACES_SITE_PAGES_H_

#include <string>

#include "places/site/edition.h"

namespace places::site {

std::string IndexPage(const Edition& edition);
std::string HowPage(const Edition& edition);
// A state: how far to everyone, its places, and its own law in full where it has one.
std::string StatePage(const Edition& edition, const StateEdition& state);
// A city, town or county.
std::string PlacePage(const Edition& edition, const Place& place);

// What pages of states and places share: "Ban · In force" as marks, and all that is known of a law
// as sections, with headings of level 2.
std::string Marks(const Edition& edition, const Place& place);
std::string Terms(const Edition& edition, const Place& place);  // who is bound; what its kind means
std::string Note(const Place& place);  // how it came, as a paragraph; may be empty
std::string LawSections(const Edition& edition, const Place& place);

}  // namespace places::site

#endif  // PLACES_SITE_PAGES_H_
