#!/bin/sh
# Brings both stores of the Temporal server to the schema of this image's version; run before the server starts, also
# after an upgrade. Doing it again changes nothing. SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD and SQL_PLUGIN are read by
# the tool itself.
set -eu

schemas=/etc/temporal/schema/postgresql/v12

for store in temporal:temporal temporal_visibility:visibility; do
  export SQL_DATABASE="${store%%:*}"
  temporal-sql-tool setup-schema --version 0.0
  temporal-sql-tool update-schema --schema-dir "$schemas/${store#*:}/versioned"
done
