package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// The specification asks registries to take manifests of at least this size, and no client makes larger ones.
const maximumManifest = 4 << 20

const manifestTypes = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, " +
	"application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json"

// errTagTaken says that the tag exists with other content.
type errTagTaken struct{ tag, digest string }

func (taken errTagTaken) Error() string {
	return fmt.Sprintf("tag %s exists as %s and never changes; use a new tag", taken.tag, taken.digest)
}

func statusOf(err error) int {
	if errors.As(err, &errTagTaken{}) {
		return http.StatusConflict
	}
	return http.StatusBadGateway
}

// tagKeeper lets a tag be written once. The same content may be written again: pushing is repeatable.
type tagKeeper struct {
	upstream *url.URL
	client   *http.Client

	mutex sync.Mutex
	held  map[string]chan struct{}
}

func newTagKeeper(upstream *url.URL) *tagKeeper {
	return &tagKeeper{upstream: upstream, client: &http.Client{Timeout: 20 * time.Second}, held: map[string]chan struct{}{}}
}

// hold gives the caller alone the right to write the tag until it calls release: between the look and the write nobody else
// can come in. It fails when the tag exists with other content.
func (keeper *tagKeeper) hold(ctx context.Context, repository, tag string, manifest []byte) (release func(), err error) {
	release, err = keeper.lock(ctx, repository+":"+tag)
	if err != nil {
		return nil, err
	}
	present, err := keeper.digestOf(ctx, repository, tag)
	if err == nil && present != "" && present != fmt.Sprintf("sha256:%x", sha256.Sum256(manifest)) {
		err = errTagTaken{tag: tag, digest: present}
	}
	if err != nil {
		release()
		return nil, err
	}
	return release, nil
}

func (keeper *tagKeeper) lock(ctx context.Context, name string) (func(), error) {
	for {
		keeper.mutex.Lock()
		held, taken := keeper.held[name]
		if !taken {
			mine := make(chan struct{})
			keeper.held[name] = mine
			keeper.mutex.Unlock()
			return func() {
				keeper.mutex.Lock()
				delete(keeper.held, name)
				keeper.mutex.Unlock()
				close(mine)
			}, nil
		}
		keeper.mutex.Unlock()
		select {
		case <-held:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// digestOf asks the registry what a tag is now; empty when there is no such tag. Anything but a clear answer is an error: a
// registry that is unwell must not look like one without tags.
func (keeper *tagKeeper) digestOf(ctx context.Context, repository, tag string) (string, error) {
	address := keeper.upstream.JoinPath("v2", repository, "manifests", tag)
	question, err := http.NewRequestWithContext(ctx, http.MethodHead, address.String(), nil)
	if err != nil {
		return "", err
	}
	question.Header.Set("Accept", manifestTypes)
	answer, err := keeper.client.Do(question)
	if err != nil {
		return "", errors.New("the registry behind the gate does not answer")
	}
	defer func() { _ = answer.Body.Close() }()
	digest := answer.Header.Get("Docker-Content-Digest")
	switch {
	case answer.StatusCode == http.StatusNotFound:
		return "", nil
	case answer.StatusCode == http.StatusOK && digest != "":
		return digest, nil
	default:
		return "", fmt.Errorf("the registry behind the gate answered %d when asked for tag %s", answer.StatusCode, tag)
	}
}
