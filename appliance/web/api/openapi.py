"""The OpenAPI document, made from the declared operations and the schemas: it cannot differ from what is served."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from appliance import __doc__ as about
from appliance.core.entities.fields import Entity
from appliance.core.secret_fields import secret_fields
from appliance.web.api.operations import BASE, Operation

Json = dict[str, Any]
REF = "#/components/schemas/{model}"
PROBLEM: Json = {
    "type": "object",
    "description": "RFC 9457. `errors` names each field: `path` from the section on, `pointer` into what was sent.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "properties": {
                    "path": {"type": "array", "items": {"type": ["string", "integer"]}},
                    "pointer": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
        "places": {
            "type": "array",
            "description": "Where the entity is used, so that it cannot be deleted.",
            "items": {
                "type": "object",
                "properties": {
                    "section": {"type": "string"},
                    "key": {"type": "string"},
                    "path": {"type": "array", "items": {"type": ["string", "integer"]}},
                },
            },
        },
    },
}
ERRORS = {
    401: "No bearer token, or one that is unknown or revoked.",
    403: "The role or the scope of the token does not allow this.",
    404: "There is no such thing.",
    409: "It is used elsewhere.",
    412: "Somebody else changed it in the meantime.",
    422: "Some of what was sent is refused.",
    428: "If-Match is missing.",
}


def make_document(operations: list[Operation]) -> Json:
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Contact centre appliance", "version": "1", "description": (about or "").strip()},
        "servers": [{"url": BASE}],
        "security": [{"bearer": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for operation in operations)],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": PROBLEM, **_schemas(operations)},
        },
    }


def _operation(operation: Operation) -> Json:
    found: Json = {
        "operationId": operation.method.lower() + re.sub(r"\W+", "_", operation.path).rstrip("_"),
        "summary": operation.summary,
        "description": f"Roles: {', '.join(sorted(operation.roles))}. Scope of the token: {operation.needs}.",
        "tags": [operation.tag],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation)],
        "responses": {str(operation.status): _answer(operation), **_errors(operation)},
    }
    if operation.needs_version:
        found["parameters"].append(
            {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"},
             "description": "The ETag of the version that the change starts from."}
        )  # fmt: skip
    if operation.binary_body:
        found["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    elif operation.body is not None:
        content = {"application/json": {"schema": _ref(_body_name(operation, operation.body))}}
        found["requestBody"] = {"required": issubclass(operation.body, Entity), "content": content}
    return found


def _path_parameters(operation: Operation) -> list[Json]:
    names = re.findall(r"{(\w+)}", operation.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(operation: Operation) -> list[Json]:
    if operation.query is None:
        return []
    schema = operation.query.model_json_schema()
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": kind,
         "description": kind.pop("description", "")}
        for name, kind in schema["properties"].items()
    ]  # fmt: skip


def _answer(operation: Operation) -> Json:
    found: Json = {"description": operation.summary + "."}
    if operation.binary_answer:
        found["content"] = {operation.binary_answer: {}}
    elif operation.answer is not None:
        found["content"] = {"application/json": {"schema": _ref(operation.answer.__name__)}}
    if operation.has_version:
        found["headers"] = {"ETag": {"description": "The version, for If-Match.", "schema": {"type": "string"}}}
    return found


def _errors(operation: Operation) -> Json:
    may_happen = {
        401: True,
        403: True,
        404: "{" in operation.path,
        409: operation.method == "DELETE",
        412: operation.needs_version,
        422: bool(operation.body or operation.query or operation.binary_body),
        428: operation.needs_version,
    }
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {
        str(status): {"description": ERRORS[status], "content": content} for status, may in may_happen.items() if may
    }


def _ref(name: str) -> Json:
    return {"$ref": REF.format(model=name)}


def _body_name(operation: Operation, body: type[BaseModel]) -> str:
    """PUT knows the key from the address; PATCH takes any part."""
    endings = {"PUT": "Replacement", "PATCH": "Change"}
    return body.__name__ + endings.get(operation.method, "")


def _schemas(operations: Iterable[Operation]) -> dict[str, Json]:
    models = {model for operation in operations for model in (operation.answer, operation.body) if model is not None}
    ordered = sorted(models, key=lambda model: model.__name__)
    _map, definitions = models_json_schema([(model, "validation") for model in ordered], ref_template=REF)
    found: dict[str, Json] = definitions["$defs"]
    for model in ordered:
        if issubclass(model, Entity):
            for name in secret_fields(model):
                found[model.__name__]["properties"][name]["format"] = "password"
    for operation in operations:
        if operation.body is not None and operation.method in ("PUT", "PATCH"):
            whole = found[operation.body.__name__]
            required = [] if operation.patch else [name for name in whole.get("required", ()) if name != "key"]
            found[_body_name(operation, operation.body)] = {**whole, "required": required}
    return found
