#!/bin/sh
# Builds the samples and runs the quickstart: samples/quickstart.sh [--help | options]
exec "$(dirname -- "$0")/run.sh" samples quickstart io.trunkline.samples.Quickstart "$@"
