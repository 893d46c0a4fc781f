#include "places/site/html.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/words.h"
#include "places/site/words.h"

namespace places::site {
namespace {

using efface::Absl;

constexpr char kTitle[] = "Where face recognition is banned";

// A square with a corner hidden: the mark in the browser's tab.
constexpr char kIcon[] =
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect "
    "width='16' height='16' rx='2' fill='%2312507b'/%3E%3Crect x='3' y='6' width='10' height='4' "
    "fill='%23fff'/%3E%3C/svg%3E";

std::string HostOf(std::string_view url) {
  const size_t begin = url.find("://");
  if (begin == url.npos) return std::string(url);
  std::string_view host = url.substr(begin + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (host.starts_with("www.")) host.remove_prefix(4);
  return std::string(host);
}

}  // namespace

std::string Escape(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string Prose(std::string_view text) {
  constexpr size_t kDay = sizeof("2020-06-24") - 1;
  const auto is_digit = [&](size_t at) {
    return at < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[at]));
  };
  std::string words;
  for (size_t i = 0; i < text.size();) {
    const std::string_view part = text.substr(i, kDay);
    const bool alone = (i == 0 || !is_digit(i - 1)) && !is_digit(i + kDay);
    const std::optional<Day> day = alone ? ParseDay(part) : std::nullopt;
    if (day) {
      words += DayWords(*day);
      i += kDay;
    } else {
      words += text[i++];
    }
  }
  return Escape(words);
}

std::string OutsideLink(std::string_view url, std::string_view title) {
  const std::string host = HostOf(url);
  if (title.empty())
    return absl::StrCat("<a class=\"out\" rel=\"noreferrer\" href=\"", Escape(url), "\">",
                        Escape(host), "</a>");
  return absl::StrCat("<a class=\"out\" rel=\"noreferrer\" href=\"", Escape(url), "\">",
                      Escape(title), "</a> <span class=\"host\">", Escape(host), "</span>");
}

std::string Page(const PageHead& head, std::string_view main) {
  const std::string title =
      head.title.empty() ? kTitle : absl::StrCat(Escape(head.title), " – ", kTitle);
  std::string nav;
  for (const auto& [name, address] :
       {std::pair("Map", "index.html#map"), std::pair("Timeline", "index.html#timeline"),
        std::pair("All places", "index.html#places"), std::pair("How we know", "how.html"),
        std::pair("Data", "how.html#data")})
    absl::StrAppend(&nav, "<li><a href=\"", head.root, address, "\"",
                    head.here == name ? " aria-current=\"page\"" : "", ">", name, "</a></li>");
  return absl::StrCat(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
      title, "</title>\n<meta name=\"description\" content=\"", Escape(head.description),
      "\">\n<link rel=\"icon\" href=\"", kIcon, "\">\n<link rel=\"stylesheet\" href=\"", head.root,
      "site.css\">\n<script src=\"", head.root,
      "site.js\" defer></script>\n</head>\n<body>\n"
      "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n<header class=\"top\"><div "
      "class=\"wide\"><a class=\"brand\" href=\"",
      head.root, "index.html\">", kTitle, "</a>\n<nav aria-label=\"Site\"><ul>", nav,
      "</ul></nav></div></header>\n<main id=\"main\" tabindex=\"-1\">\n", Absl(main),
      "</main>\n<footer class=\"bottom\"><div class=\"wide\"><p><strong>Not legal "
      "advice.</strong> Laws change, and this register can be wrong or late. Ask the place, or a "
      "lawyer, before you rely on it.</p>\n<p><a href=\"",
      head.root, "how.html\">How we know, and where this ends</a> · <a href=\"", head.root,
      "how.html#data\">Download the data</a> · <a href=\"", head.root,
      "how.html#correct\">Correct a fact</a></p>\n<p class=\"made\">Made by <code>efface-places "
      "site</code>. This page asks for nothing from other servers and keeps nothing about "
      "you.</p></div></footer>\n</body>\n</html>\n");
}

std::string Figure(std::string_view id, std::string_view heading, std::string_view sentence,
                   std::string_view body, std::string_view note) {
  return absl::StrCat("<section class=\"figure\" id=\"", Absl(id), "\" aria-labelledby=\"",
                      Absl(id), "-h\">\n<div class=\"text\"><h2 id=\"", Absl(id), "-h\">",
                      Absl(heading), "</h2>\n<p class=\"sub\">", Absl(sentence), "</p></div>\n",
                      Absl(body), note.empty() ? "" : "<p class=\"note\">", Absl(note),
                      note.empty() ? "" : "</p>\n", "</section>\n");
}

}  // namespace places::site
