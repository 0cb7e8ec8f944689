package main

import (
	"net/http"
	"path"
	"regexp"
	"strings"
)

type action int

const (
	refused action = iota
	ping
	read
	// upload moves blobs, which are named by their content and so can never replace anything.
	upload
	putManifest
)

// request is what the gate understood of an HTTP request. Whatever it does not understand is refused, so a way into the registry
// that is unknown here stays shut.
type request struct {
	action     action
	repository string
	// A tag or a digest, of a manifest.
	reference string
}

var (
	repositoryName = `[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*`
	blobPath       = regexp.MustCompile(`^/v2/(` + repositoryName + `)/blobs/(sha256:[a-f0-9]{64})$`)
	uploadsPath    = regexp.MustCompile(`^/v2/(` + repositoryName + `)/blobs/uploads/?$`)
	uploadPath     = regexp.MustCompile(`^/v2/(` + repositoryName + `)/blobs/uploads/([A-Za-z0-9_.=-]+)$`)
	manifestPath   = regexp.MustCompile(`^/v2/(` + repositoryName + `)/manifests/(sha256:[a-f0-9]{64}|[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$`)
	listPath       = regexp.MustCompile(`^/v2/(?:_catalog|(` + repositoryName + `)/(?:tags/list|referrers/sha256:[a-f0-9]{64}))$`)
)

func understand(r *http.Request) request {
	// The registry must see the very path that was judged here.
	if r.URL.RawPath != "" || strings.TrimSuffix(path.Clean(r.URL.Path), "/") != strings.TrimSuffix(r.URL.Path, "/") {
		return request{}
	}
	reading := r.Method == http.MethodGet || r.Method == http.MethodHead
	if r.URL.Path == "/v2/" || r.URL.Path == "/v2" {
		return when(reading, request{action: ping})
	}
	if match := manifestPath.FindStringSubmatch(r.URL.Path); match != nil {
		named := request{action: read, repository: match[1], reference: match[2]}
		if r.Method == http.MethodPut {
			named.action = putManifest
			// A query could name further tags.
			return when(r.URL.RawQuery == "", named)
		}
		return when(reading, named)
	}
	if match := uploadsPath.FindStringSubmatch(r.URL.Path); match != nil {
		return when(r.Method == http.MethodPost, request{action: upload, repository: match[1]})
	}
	if match := uploadPath.FindStringSubmatch(r.URL.Path); match != nil {
		return request{action: upload, repository: match[1]}
	}
	if match := blobPath.FindStringSubmatch(r.URL.Path); match != nil {
		return when(reading, request{action: read, repository: match[1]})
	}
	if match := listPath.FindStringSubmatch(r.URL.Path); match != nil {
		return when(reading, request{action: read, repository: match[1]})
	}
	return request{}
}

func when(allowed bool, named request) request {
	if allowed {
		return named
	}
	named.action = refused
	return named
}

func (named request) byTag() bool {
	return !strings.HasPrefix(named.reference, "sha256:")
}
