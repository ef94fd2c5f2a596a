#pragma once

#include "config/settings.hpp"
#include "connectors/http/client.hpp"
#include "connectors/postgres/session/session.hpp"
#include "runtime/program/top/top_sample.hpp"
#include "runtime/supervision/event_loop.hpp"

#include <memory>
#include <string>
#include <vector>

namespace millrace::cli {

/// Where `millrace top` looks: the database, the broker, and the metrics of nodes. For one thread.
class top_sources {
 public:
  /// `urls`: of the nodes' metrics, e.g. http://127.0.0.1:9464/metrics. Connects to nothing yet.
  top_sources(const config::settings& s, std::vector<std::string> urls);
  ~top_sources();
  top_sources(const top_sources&) = delete;
  top_sources& operator=(const top_sources&) = delete;

  /// Asks all of them. What does not answer in its time (seconds) is a problem of the look, and no error.
  top_look look();

 private:
  std::vector<node_scrape> scrape();
  void ask_database(top_look& l);
  void ask_broker(top_look& l);

  const config::settings& settings_;
  std::vector<std::string> urls_;
  postgres::session session_;
  event_loop loop_;
  std::unique_ptr<http::client> client_;
};

/// The URL of a node's metrics where only its address is given. Throws `failure` (2) for what is none.
std::string metrics_url(const std::string& text);
/// That of a node with these settings on this machine. Throws `failure` (2) if its port is not known.
std::string local_metrics_url(const config::settings& s);

}  // namespace millrace::cli
