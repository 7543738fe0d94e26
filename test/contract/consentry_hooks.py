"""What schemathesis is told of Consentry's interface."""

import schemathesis

# Node itself refuses addresses and header fields of more than 16 KiB (431), before the API sees them.
LONGEST_QUERY_VALUE = 1000


@schemathesis.serializer("application/x-ndjson")
def ndjson(context, value):
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def filter_query(context, query):
    return all(len(str(value)) <= LONGEST_QUERY_VALUE for value in (query or {}).values())
