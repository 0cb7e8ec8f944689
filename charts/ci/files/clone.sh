#!/bin/bash
# Fetches the head of the pull request with a token that may only read. This is the only step that sees the token.
set -euo pipefail
mkdir -p "$SOURCE"
cd "$SOURCE"
git init --quiet --initial-branch=check
git config http.sslCAInfo /etc/site/ca.crt
git config core.symlinks false
helper='!f() { echo "username=$GIT_USER"; echo "password=$(cat /etc/git-clone/token)"; }; f'
git -c credential.helper="$helper" fetch --quiet --depth 1 "$GIT_URL/$REPOSITORY.git" "refs/pull/$NUMBER/head"
found=$(git rev-parse FETCH_HEAD)
if [ "$found" != "$SHA" ]; then
  echo "The pull request has moved on from $SHA to $found; the newer commit has its own check." | tee "$SUMMARY"
  exit 1
fi
git checkout --quiet --detach FETCH_HEAD
rm -rf .git
