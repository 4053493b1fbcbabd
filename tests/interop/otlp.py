"""Judges decoded OTLP trace requests: what the protocol demands and receivers insist on."""

from google.protobuf.json_format import MessageToDict
from google.protobuf.unknown_fields import UnknownFieldSet


def judge(request):
    """Returns the spans of an ExportTraceServiceRequest as plain data, and what is wrong with them."""
    spans, problems = [], list(_unknown_fields(request, "request"))
    for group in request.resource_spans:
        resource = _attributes(group.resource.attributes)
        problems += _repeated_keys(group.resource.attributes, "resource")
        if not resource.get("service.name"):
            problems.append("resource without service.name")
        for scoped in group.scope_spans:
            problems += _repeated_keys(scoped.scope.attributes, f"scope {scoped.scope.name}")
            for span in scoped.spans:
                problems += _span_problems(span)
                spans.append(_row(resource, group, scoped, span))
    return spans, problems


def _row(resource, group, scoped, span):
    row = MessageToDict(span)
    row["traceId"], row["spanId"] = span.trace_id.hex(), span.span_id.hex()
    row.pop("parentSpanId", None)
    if span.parent_span_id:
        row["parentSpanId"] = span.parent_span_id.hex()
    row["attributes"] = _attributes(span.attributes)
    for event, decoded in zip(row.get("events", []), span.events):
        event["attributes"] = _attributes(decoded.attributes)
    for link, decoded in zip(row.get("links", []), span.links):
        link["traceId"], link["spanId"] = decoded.trace_id.hex(), decoded.span_id.hex()
        link["attributes"] = _attributes(decoded.attributes)
    row["resource"] = resource
    row["scope"] = MessageToDict(scoped.scope)
    row["schemaUrls"] = [group.schema_url, scoped.schema_url]
    return row


def _attributes(attributes):
    return {attribute.key: MessageToDict(attribute.value) for attribute in attributes}


def _span_problems(span):
    where = f"span {span.name!r}"
    ids = [("trace id", span.trace_id, 16, True), ("span id", span.span_id, 8, True)]
    ids += [("parent span id", span.parent_span_id, 8, False)]
    for link in span.links:
        ids += [("trace id of a link", link.trace_id, 16, True), ("span id of a link", link.span_id, 8, True)]
    for what, value, length, required in ids:
        if not value and not required:
            continue
        if len(value) != length:
            yield f"{where}: {what} of {len(value)} bytes, not {length}"
        elif not any(value):
            yield f"{where}: {what} is all zero"
    if not span.name:
        yield f"span {span.span_id.hex()} without a name"
    if not span.start_time_unix_nano:
        yield f"{where}: no start"
    if span.end_time_unix_nano < span.start_time_unix_nano:
        yield f"{where}: ends before it starts"
    yield from _repeated_keys(span.attributes, where)
    for event in span.events:
        yield from _repeated_keys(event.attributes, f"{where}, event {event.name!r}")
    for link in span.links:
        yield from _repeated_keys(link.attributes, f"{where}, link to {link.span_id.hex()}")


def _repeated_keys(attributes, where):
    keys = [attribute.key for attribute in attributes]
    yield from (f"{where}: key {key!r} repeated" for key in sorted(set(keys)) if keys.count(key) > 1)
    if "" in keys:
        yield f"{where}: empty key"


def _unknown_fields(message, where):
    for field in UnknownFieldSet(message):
        yield f"{where}: unknown field {field.field_number}"
    for descriptor, value in message.ListFields():
        if descriptor.message_type:
            children = [value] if hasattr(value, "ListFields") else value
            for child in children:
                yield from _unknown_fields(child, f"{where}.{descriptor.name}")
