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

/// Collects the data of `millrace top` from the database, the broker and the metrics of nodes. Not thread-safe.
class top_sources {
 public:
  /// `urls`: the metrics endpoints of the nodes, e.g. http://127.0.0.1:9464/metrics. Opens no connection yet.
  top_sources(const config::settings& s, std::vector<std::string> urls);
  ~top_sources();
  top_sources(const top_sources&) = delete;
  top_sources& operator=(const top_sources&) = delete;

  /// Queries all sources. A source that does not answer within two seconds is recorded as a problem in the snapshot.
  top::top_snapshot collect();

 private:
  std::vector<top::node_scrape> scrape();
  void read_database(top::top_snapshot& snapshot);
  void read_broker(top::top_snapshot& snapshot);

  const config::settings& settings_;
  std::vector<std::string> urls_;
  postgres::session session_;
  supervision::event_loop loop_;
  std::unique_ptr<http::client> client_;
};

/// Completes host:port or a URL without a path to a metrics URL. Throws `failure` (2) if the text is not an http(s) URL.
std::string metrics_url(const std::string& text);
/// The metrics URL of a node with these settings on this host. Throws `failure` (2) if monitoring.bind has port 0.
std::string local_metrics_url(const config::settings& s);

}  // namespace millrace::cli
