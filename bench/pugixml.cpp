// Parses events with pugixml and asks each whether an XPath expression holds: FILE EXPRESSION TIMES.
//
// FILE has an event in each line. Prints how many nanoseconds all the times took, and for how many of them it held.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <pugixml.hpp>
#include <string>
#include <vector>

int main(int, char **arguments) {
  std::vector<std::string> events;
  std::ifstream file(arguments[1]);
  for (std::string line; std::getline(file, line);) {
    events.push_back(line);
  }
  const pugi::xpath_query query(arguments[2]);
  const long times = std::atol(arguments[3]);
  pugi::xml_document document;
  const auto matches = [&](const std::string &event) {
    return document.load_buffer(event.data(), event.size()) && query.evaluate_boolean(document.document_element());
  };
  long matching = 0;
  for (const std::string &event : events) {
    matching += matches(event);
  }
  matching = 0;
  const auto start = std::chrono::steady_clock::now();
  for (long done = 0; done < times; ++done) {
    matching += matches(events[done % events.size()]);
  }
  const std::chrono::nanoseconds elapsed = std::chrono::steady_clock::now() - start;
  std::printf("[%lld, %ld]\n", static_cast<long long>(elapsed.count()), matching);
}
