"""Validates an OpenAPI 3.1 document against the specification, and responses of a server against the document.

  openapi.py DOCUMENT EXCHANGES

DOCUMENT is JSON. EXCHANGES has one JSON object per line: method, path (with query), status, content_type, body. Prints one line
per violation and exits with status 1 if there are any.

PROFILE is a subset of OpenAPI 3.1.0 (spec.openapis.org/oas/v3.1.0) with the members that our document uses. A document that it
accepts is valid OpenAPI. Schema objects are checked by the metaschema of JSON Schema 2020-12, which OpenAPI 3.1 builds on.
"""
import copy
import json
import re
import sys
import urllib.parse

from jsonschema import Draft202012Validator, FormatChecker, RefResolver

TEXT = {"type": "string", "minLength": 1}
SCHEMA = {"type": ["object", "boolean"]}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def record(required, optional=None):
    members = {**required, **(optional or {})}
    return {"type": "object", "properties": members, "required": list(required), "additionalProperties": False}


def mapping(of, names=".+"):
    return {"type": "object", "patternProperties": {f"^({names})$": of}, "additionalProperties": False}


def named(definition):
    return {"$ref": "#/$defs/" + definition}


PROFILE = {
    "$schema": DIALECT,
    "$defs": {
        "reference": record({"$ref": {"type": "string", "pattern": "^#/components/"}}),
        "media": mapping(record({"schema": SCHEMA}), "[a-z]+/[a-z.+-]+"),
        "response": record({"description": TEXT},
                           {"content": named("media"), "headers": mapping(record({"schema": SCHEMA}))}),
        "parameter": record({"name": TEXT, "in": {"enum": ["path", "query", "header"]}, "schema": SCHEMA},
                            {"description": TEXT, "required": {"type": "boolean"}}) | {
            "if": {"properties": {"in": {"const": "path"}}},
            "then": {"properties": {"required": {"const": True}}, "required": ["required"]}},
        "operation": record(
            {"operationId": TEXT,
             "responses": {**mapping({"oneOf": [named("reference"), named("response")]}, "[1-5](XX|[0-9]{2})|default"),
                           "minProperties": 1}},
            {"summary": TEXT, "description": TEXT, "parameters": {"type": "array", "items": named("parameter")},
             "requestBody": record({"content": named("media")}, {"required": {"type": "boolean"}})}),
        "scheme": record({"type": {"const": "http"}, "scheme": TEXT}),
    },
    **record(
        {"openapi": {"const": "3.1.0"}, "info": record({"title": TEXT, "version": TEXT}),
         "paths": mapping(mapping(named("operation"), "get|put|post|delete|patch"), "/.*")},
        {"servers": {"type": "array", "items": record({"url": TEXT})},
         "security": {"type": "array", "items": mapping({"type": "array", "items": TEXT})},
         "components": record({}, {"schemas": mapping(SCHEMA, "[A-Za-z0-9._-]+"),
                                   "responses": mapping(named("response"), "[A-Za-z0-9._-]+"),
                                   "securitySchemes": mapping(named("scheme"), "[A-Za-z0-9._-]+")})}),
}

FORMATS = FormatChecker(["uuid"])
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@FORMATS.checks("date-time")
def is_date_time(value):
    return not isinstance(value, str) or TIME.fullmatch(value) is not None


def place_of(error):
    return "/".join(str(step) for step in error.absolute_path) or "the whole"


def inside(value):
    """Yields the value and every object below it."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inside(inner)


def schemas_of(document):
    yield from document.get("components", {}).get("schemas", {}).values()
    for found in inside({key: value for key, value in document.items() if key != "components"}):
        if isinstance(found.get("schema"), dict):
            yield found["schema"]


def problems_of_document(document):
    for error in Draft202012Validator(PROFILE).iter_errors(document):
        yield f"{place_of(error)}: {error.message}"
    for schema in schemas_of(document):
        for error in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema):
            yield f"schema {json.dumps(schema)[:80]}: {place_of(error)}: {error.message}"
    operations = [o["operationId"] for path in document["paths"].values() for o in path.values()]
    for name in {o for o in operations if operations.count(o) > 1}:
        yield f"operationId {name} is not unique"
    resolver = RefResolver.from_schema(document)
    for found in inside(document):
        if isinstance(found.get("$ref"), str):
            resolver.resolve(found["$ref"])  # raises if the target does not exist


def closed(document):
    """The document, with schemas that reject undeclared members, so that every member of a response must be described."""
    strict = copy.deepcopy(document)
    for schema in inside(strict):
        if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
    return strict


def operation_at(document, method, path):
    """Literal segments take precedence over templates, as the specification requires for matching paths."""
    for template in sorted(document["paths"], key=lambda p: p.count("{")):
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path):
            return document["paths"][template].get(method.lower())
    return None


def response_for(document, operation, status):
    # Without an operation, the response is the problem that every operation has as its default.
    responses = operation["responses"] if operation else {"default": {"$ref": "#/components/responses/problem"}}
    found = responses.get(str(status)) or responses.get(f"{status // 100}XX") or responses.get("default")
    return document["components"]["responses"][found["$ref"].rsplit("/", 1)[1]] if found and "$ref" in found else found


def problems_of_answer(document, resolver, said):
    operation = operation_at(document, said["method"], urllib.parse.urlsplit(said["path"]).path)
    response = response_for(document, operation, said["status"])
    content = (response or {}).get("content", {}).get(said["content_type"])
    if not content:
        return [f"{said['content_type']} is not what the document says"]
    validator = Draft202012Validator(content["schema"], resolver=resolver, format_checker=FORMATS)
    return [f"{place_of(error)}: {error.message}" for error in validator.iter_errors(said["body"])]


def main(document_file, exchanges_file):
    with open(document_file, encoding="utf-8") as file:
        document = json.load(file)
    wrong = list(problems_of_document(document))
    strict = closed(document)
    resolver = RefResolver.from_schema(strict)
    with open(exchanges_file, encoding="utf-8") as file:
        for said in map(json.loads, file):
            for problem in problems_of_answer(strict, resolver, said):
                wrong.append(f"{said['method']} {said['path']} answered {said['status']}: {problem}")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
