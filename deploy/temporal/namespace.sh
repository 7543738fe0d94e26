#!/bin/sh
# Makes the namespace when it is not there. TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are read by the command itself.
set -eu

attempts=0
until temporal operator cluster health; do
  attempts=$((attempts + 1))
  [ "$attempts" -lt 60 ] || exit 1
  sleep 2
done

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION" \
    --description 'Registrations and powers of attorney'
