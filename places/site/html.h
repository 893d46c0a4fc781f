// Pieces of HTML that all pages are made of.
#ifndef PLACES_SITE_HTML_H_
#define PLACES_SITE_HTML_H_

#include <string>
#include <string_view>

namespace places::site {

// & < > " ' as entities; safe in text and in quoted attributes.
std::string Escape(std::string_view text);

// Escaped, and days as the register writes them ("2020-06-24") in words.
std::string Prose(std::string_view text);

// A link to another site, with the host after it.
std::string OutsideLink(std::string_view url, std::string_view title);

struct PageHead {
  std::string title;        // "Boston, Massachusetts"; empty on the first page
  std::string description;  // a sentence
  std::string root;         // from the page to the site's top: "" or "../"
  std::string here;         // the navigation's entry that the page stands for; may be empty
};

// A whole page around `main`, which is HTML that begins with the h1.
std::string Page(const PageHead& head, std::string_view main);

// Explains a figure: <figure> with a heading of `level`, a sentence below it, `body`, and a note.
std::string Figure(std::string_view id, std::string_view heading, std::string_view sentence,
                   std::string_view body, std::string_view note);

}  // namespace places::site

#endif  // PLACES_SITE_HTML_H_
