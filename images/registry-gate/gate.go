package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// gate judges every request and hands on what it allows:
//   - without name and password: nothing at all;
//   - everybody with a name: read;
//   - writers: upload blobs, put manifests; a tag that exists keeps its content for good;
//   - nobody: remove anything.
type gate struct {
	users *userFile
	tags  *tagKeeper
	proxy http.Handler
	log   *slog.Logger
}

func newGate(upstream *url.URL, users *userFile, log *slog.Logger) *gate {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(upstream)
			// Passwords go no further than here.
			r.Out.Header.Del("Authorization")
		},
		FlushInterval: -1,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			log.Error("the registry did not answer", "error", err.Error())
			refuse(w, http.StatusBadGateway, "UNAVAILABLE", "the registry behind the gate does not answer")
		},
	}
	return &gate{users: users, tags: newTagKeeper(upstream), proxy: proxy, log: log}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, password, given := r.BasicAuth()
	if !given || !g.users.knows(name, password) {
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		w.Header().Set("Docker-Distribution-API-Version", "registry/2.0")
		refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "name and password of the site's registry are needed")
		return
	}
	named := understand(r)
	switch named.action {
	case ping, read:
		g.proxy.ServeHTTP(w, r)
	case upload, putManifest:
		if !g.users.mayWrite(name) {
			g.note("refused", name, r)
			refuse(w, http.StatusForbidden, "DENIED", fmt.Sprintf("%s may read and not write", name))
			return
		}
		g.write(w, r, named, name)
	default:
		g.note("refused", name, r)
		refuse(w, http.StatusMethodNotAllowed, "UNSUPPORTED", "nothing is ever removed or replaced in this registry")
	}
}

func (g *gate) write(w http.ResponseWriter, r *http.Request, named request, name string) {
	if named.action == putManifest && named.byTag() {
		manifest, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maximumManifest))
		if err != nil {
			refuse(w, http.StatusRequestEntityTooLarge, "MANIFEST_INVALID", "the manifest could not be read whole")
			return
		}
		release, err := g.tags.hold(r.Context(), named.repository, named.reference, manifest)
		if err != nil {
			g.note("refused", name, r)
			refuse(w, statusOf(err), "DENIED", err.Error())
			return
		}
		defer release()
		r.Body = io.NopCloser(bytes.NewReader(manifest))
		r.ContentLength = int64(len(manifest))
		g.note("tagged", name, r)
	}
	g.proxy.ServeHTTP(w, r)
}

func (g *gate) note(what, name string, r *http.Request) {
	g.log.Info(what, "user", name, "method", r.Method, "path", r.URL.Path, "from", r.RemoteAddr)
}

// refuse answers in the form that the distribution specification gives to errors, so that clients show the words.
func refuse(w http.ResponseWriter, status int, code, message string) {
	type entry struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string][]entry{"errors": {{Code: code, Message: message}}})
}
