// go_peer COUNT WORKERS: the worker that one writes in Go today. Goroutines take envelopes from the queue `peers`, each
// commits one row through a pool of pgx, then acknowledges. Prints tasks a second, from the first delivery to the last
// acknowledgement, and the processor time in microseconds per task.
// Broker: AMQP_HOST, AMQP_PORT. Database: libpq's PG* variables.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v4/pgxpool"
	amqp "github.com/rabbitmq/amqp091-go"
)

const prefetch = 1000

const insertRow = `insert into peers.task (id, type, tenant, payload) values ($1, $2, $3, $4) on conflict do nothing`

type envelope struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Tenant  string          `json:"tenant"`
	Payload json.RawMessage `json:"payload"`
}

func must(err error, what string) {
	if err != nil {
		log.Fatalf("go_peer: %s: %v", what, err)
	}
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	must(err, "usage: go_peer COUNT WORKERS")
	return n
}

func connect(ctx context.Context, workers int) *pgxpool.Pool {
	config, err := pgxpool.ParseConfig("")
	must(err, "PG* variables")
	config.MaxConns = int32(workers)
	config.MinConns = int32(workers)
	pool, err := pgxpool.ConnectConfig(ctx, config)
	must(err, "database")
	return pool
}

func consume() <-chan amqp.Delivery {
	url := fmt.Sprintf("amqp://guest:guest@%s:%s/", os.Getenv("AMQP_HOST"), os.Getenv("AMQP_PORT"))
	connection, err := amqp.Dial(url)
	must(err, "broker")
	channel, err := connection.Channel()
	must(err, "channel")
	must(channel.Qos(prefetch, 0, false), "prefetch")
	deliveries, err := channel.Consume("peers", "", false, false, false, false, nil)
	must(err, "consumer")
	return deliveries
}

func perform(ctx context.Context, pool *pgxpool.Pool, delivery amqp.Delivery) {
	var task envelope
	must(json.Unmarshal(delivery.Body, &task), "envelope")
	_, err := pool.Exec(ctx, insertRow, task.ID, task.Type, task.Tenant, string(task.Payload))
	must(err, "insert")
	must(delivery.Ack(false), "ack")
}

func processorTime() time.Duration {
	var used syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &used), "getrusage")
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: go_peer COUNT WORKERS")
	}
	count, workers := number(os.Args[1]), number(os.Args[2])
	ctx := context.Background()
	pool := connect(ctx, workers)
	deliveries := consume()

	var first sync.Once
	var began time.Time
	var processorBefore time.Duration
	var taken int64
	var running sync.WaitGroup
	for worker := 0; worker < workers; worker++ {
		running.Add(1)
		go func() {
			defer running.Done()
			// A worker that draws a number takes one delivery. There are as many deliveries as numbers.
			for atomic.AddInt64(&taken, 1) <= int64(count) {
				delivery := <-deliveries
				first.Do(func() { began, processorBefore = time.Now(), processorTime() })
				perform(ctx, pool, delivery)
			}
		}()
	}
	running.Wait()
	seconds := time.Since(began).Seconds()
	perTask := float64((processorTime() - processorBefore).Microseconds()) / float64(count)
	fmt.Printf("%.0f %.2f\n", float64(count)/seconds, perTask)
}
