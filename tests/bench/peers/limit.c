// limit COUNT insert|ledger BATCH: the ceiling on this machine. One thread that does one thing: consume a queue of envelopes,
// commit a batch of them with one statement, acknowledge the batch. No decoding beyond what SQL does, no supervision, no
// retry, no metrics. Prints tasks a second and its own processor time in microseconds per task.
// Broker: AMQP_HOST, AMQP_PORT. Database: libpq's PG* variables.
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static void must(int good, const char *what) {
  if (good) return;
  fprintf(stderr, "limit: %s\n", what);
  exit(1);
}

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double own_cpu(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static const char *const insert_rows =
    "insert into peers.task (id, type, tenant, payload)"
    " select (e ->> 'id')::uuid, e ->> 'type', e ->> 'tenant', e -> 'payload' from unnest($1::jsonb[]) e"
    " on conflict do nothing returning id";

static const char *const post_transfers =
    "with wanted as materialized (select (e ->> 'id')::uuid as id, substr(e -> 'payload' ->> 'debit', 6)::int as debit,"
    "   substr(e -> 'payload' ->> 'credit', 6)::int as credit, (e -> 'payload' ->> 'amount')::bigint as amount, e"
    "   from unnest($1::jsonb[]) e),"
    " fresh as (insert into peers.task (id, type, tenant, payload)"
    "   select id, e ->> 'type', e ->> 'tenant', e -> 'payload' from wanted on conflict do nothing returning id),"
    " posted as (insert into peers.transfer (id, debit, credit, amount)"
    "   select id, debit, credit, amount from wanted join fresh using (id) returning debit, credit, amount),"
    " net as (select account, sum(x) as x from (select debit as account, -amount as x from posted"
    "   union all select credit, amount from posted) s group by account),"
    " held as (select id from peers.account where id in (select account from net) order by id for update),"
    " moved as (update peers.account a set balance = balance + net.x from net"
    "   where a.id = net.account and exists (select from held where held.id = a.id) returning 1)"
    " select id from fresh";

// The body as one element of the text form of an array.
static char *quote(char *to, const char *from, size_t length) {
  *to++ = '"';
  for (size_t i = 0; i < length; ++i) {
    if (from[i] == '"' || from[i] == '\\') *to++ = '\\';
    *to++ = from[i];
  }
  *to++ = '"';
  return to;
}

static amqp_connection_state_t consume(int prefetch) {
  const char *host = getenv("AMQP_HOST"), *port = getenv("AMQP_PORT");
  amqp_connection_state_t broker = amqp_new_connection();
  amqp_socket_t *socket = amqp_tcp_socket_new(broker);
  must(amqp_socket_open(socket, host ? host : "127.0.0.1", port ? atoi(port) : 5672) == 0, "no broker");
  amqp_login(broker, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
  amqp_channel_open(broker, 1);
  must(amqp_get_rpc_reply(broker).reply_type == AMQP_RESPONSE_NORMAL, "the broker refused the channel");
  amqp_basic_qos(broker, 1, 0, (uint16_t)prefetch, 0);
  amqp_basic_consume(broker, 1, amqp_cstring_bytes("peers"), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
  must(amqp_get_rpc_reply(broker).reply_type == AMQP_RESPONSE_NORMAL, "the broker refused the consumer");
  return broker;
}

int main(int argc, char **argv) {
  must(argc == 4, "usage: limit COUNT insert|ledger BATCH");
  int count = atoi(argv[1]), batch = atoi(argv[3]);
  PGconn *database = PQconnectdb("");
  must(PQstatus(database) == CONNECTION_OK, "no database");
  PQclear(PQprepare(database, "commit_batch", strcmp(argv[2], "ledger") == 0 ? post_transfers : insert_rows, 1, NULL));
  amqp_connection_state_t broker = consume(batch * 4);
  char *rows = malloc((size_t)batch * 1024), *end = rows;
  double began = 0, cpu = 0;
  for (int taken = 1, held = 0; taken <= count; ++taken) {
    amqp_envelope_t task;
    amqp_maybe_release_buffers(broker);
    must(amqp_consume_message(broker, &task, NULL, 0).reply_type == AMQP_RESPONSE_NORMAL, "the broker went away");
    if (began == 0) began = seconds(), cpu = own_cpu();
    must(task.message.body.len < 500, "a body is larger than the benchmark's");
    *end++ = held++ == 0 ? '{' : ',';
    end = quote(end, task.message.body.bytes, task.message.body.len);
    if (held == batch || taken == count) {
      memcpy(end, "}", 2);
      const char *parameters[] = {rows};
      PGresult *result = PQexecPrepared(database, "commit_batch", 1, parameters, NULL, NULL, 0);
      must(PQresultStatus(result) == PGRES_TUPLES_OK, PQerrorMessage(database));
      PQclear(result);
      amqp_basic_ack(broker, 1, task.delivery_tag, 1);
      end = rows;
      held = 0;
    }
    amqp_destroy_envelope(&task);
  }
  printf("%.0f %.2f\n", count / (seconds() - began), (own_cpu() - cpu) * 1e6 / count);
  // Exits without an orderly close, because librabbitmq waits forever for the reply while deliveries keep arriving.
}
