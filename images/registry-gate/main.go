// Command registry-gate stands between the site and its image registry. The registry itself listens on the pod's loopback only, so
// every request passes here, and three rules hold that the registry cannot enforce: who may write, that nothing is removed, and that
// a tag never moves to other content.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	listen := flag.String("listen", ":30500", "address of the registry's API, TLS")
	probes := flag.String("probes", ":8081", "address of /healthz and /readyz, plain")
	upstream := flag.String("upstream", "http://127.0.0.1:5000", "the registry itself")
	certificate := flag.String("certificate", "/etc/registry-tls/tls.crt", "certificate chain")
	key := flag.String("key", "/etc/registry-tls/tls.key", "private key")
	users := flag.String("users", "/etc/registry-users/htpasswd", "names and bcrypt hashes of passwords")
	writers := flag.String("writers", "push", "names that may write, with commas; everybody else only reads")
	flag.Parse()

	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	if err := serve(log, *listen, *probes, *upstream, *certificate, *key, *users, strings.Split(*writers, ",")); err != nil {
		log.Error("stopped", "error", err.Error())
		os.Exit(1)
	}
}

func serve(log *slog.Logger, listen, probes, upstream, certificate, key, users string, writers []string) error {
	target, err := url.Parse(upstream)
	if err != nil {
		return err
	}
	certificates := &certificateFiles{certificate: certificate, key: key}
	if _, err := certificates.get(nil); err != nil {
		return err
	}
	gate := newGate(target, newUserFile(users, writers), log)

	api := &http.Server{
		Addr:              listen,
		Handler:           gate,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificates.get},
	}
	health := &http.Server{Addr: probes, Handler: probeHandler(target), ReadHeaderTimeout: 5 * time.Second}

	ended := make(chan error, 2)
	go func() { ended <- api.ListenAndServeTLS("", "") }()
	go func() { ended <- health.ListenAndServe() }()

	asked, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	select {
	case err := <-ended:
		return err
	case <-asked.Done():
	}
	// Pulls and pushes under way may end; the pod's grace period bounds them.
	grace, cancel := context.WithTimeout(context.Background(), 25*time.Second)
	defer cancel()
	if err := errors.Join(api.Shutdown(grace), health.Shutdown(grace)); err != nil {
		return err
	}
	log.Info("stopped as asked")
	return nil
}
