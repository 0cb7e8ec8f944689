// Command sample-app is the small web server that a new site runs in dev, test and prod, so that delivery, rollback and rotated secrets
// can be watched from outside.
//
//	GET /         what it was given, as JSON; of the secret only the start of its SHA-256
//	GET /healthz  200, or 503 while BREAK=notready
package main

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// version is set when the program is linked; APP_VERSION overrides it, so that a release can be told apart without a new image.
var version = "development"

const (
	headerTimeout = 5 * time.Second
	drainTimeout  = 5 * time.Second
)

func main() {
	settings, err := readSettings(os.Getenv)
	if err != nil {
		log.Print(err)
		os.Exit(2)
	}
	if settings.broken == brokenCrash {
		log.Print("BREAK=crash: ending at once, as asked")
		os.Exit(1)
	}
	if err := serve(settings); err != nil {
		log.Print(err)
		os.Exit(1)
	}
}

// serve answers until SIGTERM or SIGINT, then lets open requests finish.
func serve(settings settings) error {
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()

	listener, err := net.Listen("tcp", settings.listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler(settings), ReadHeaderTimeout: headerTimeout}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	log.Printf("version %s in environment %q listens on %s", settings.version, settings.environment, settings.listen)

	select {
	case err := <-failed:
		return err
	case <-stop.Done():
	}
	drain, cancelDrain := context.WithTimeout(context.Background(), drainTimeout)
	defer cancelDrain()
	if err := server.Shutdown(drain); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
