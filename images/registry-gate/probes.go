package main

import (
	"net/http"
	"net/url"
	"time"
)

// probeHandler answers the kubelet: alive while the gate runs, ready while the registry behind it answers too.
func probeHandler(upstream *url.URL) http.Handler {
	client := &http.Client{Timeout: 2 * time.Second}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	routes.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		answer, err := client.Get(upstream.JoinPath("v2", "/").String())
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_ = answer.Body.Close()
		w.WriteHeader(answer.StatusCode)
	})
	return routes
}
