#pragma once

#include "actors/broker/queue_depths.hpp"
#include "config/settings.hpp"
#include "connectors/postgres/cluster/queue_control_store.hpp"

#include <nlohmann/json.hpp>

#include <vector>

namespace millrace::operations {

/// A queue for the API and the command line. Unset and unknown values are null.
nlohmann::ordered_json to_json(const config::queue_settings& configured, const postgres::queue_control& set,
                               const actors::queue_depth& holds);
/// All queues, in the order of the documentation.
nlohmann::ordered_json to_json(const config::queues_settings& configured, const std::vector<postgres::queue_control>& set,
                               const actors::queue_depths& hold);

}  // namespace millrace::operations
