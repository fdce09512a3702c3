#!/bin/sh
# Builds the samples and looks at an endpoint: samples/diagnose.sh HOST:PORT [--help | options]
exec "$(dirname -- "$0")/run.sh" samples diagnose io.trunkline.samples.Diagnose "$@"
