"""Requests made from the OpenAPI description, valid and not: what is described is what happens."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode

from api.app import create_app
from api.settings import Settings
from tests.api.conftest import AS_OF

_EXAMPLES = 12

_app = create_app(Settings(catalogue=None), today=lambda: AS_OF)
schema = schemathesis.openapi.from_asgi("/api/openapi.json", _app)
schema.config.generation.update(modes=list(GenerationMode))


@schema.parametrize()
@settings(
    max_examples=_EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_a_described_one(case: Any) -> None:
    # values of level and instrument and names of fields are data of the catalogue: a random one is rightly refused
    case.call_and_validate(excluded_checks=[schemathesis.checks.positive_data_acceptance])


def test_every_route_is_described(client: TestClient, app: FastAPI) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {path: sorted(operations) for path, operations in paths.items()} == {
        "/api/v1/recommend": ["post"],
        "/api/v1/check": ["post"],
        "/api/v1/policies": ["get"],
        "/api/v1/search": ["get", "post"],
        "/api/v1/policies/{policy_id}": ["get"],
        "/api/v1/fields": ["get"],
        "/api/v1/health": ["get"],
        "/api/v1/overlaps": ["get"],
        "/api/v1/gaps": ["get"],
        "/api/v1/simulate": ["post"],
    }


def test_described_problems_have_the_one_body(client: TestClient) -> None:
    found = 0
    for operations in client.get("/api/openapi.json").json()["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status == "200":
                    continue
                assert list(response["content"]) == ["application/problem+json"], (operation["operationId"], status)
                schema = response["content"]["application/problem+json"]["schema"]
                assert schema["required"] == ["type", "title", "status", "detail", "errors"]
                found += 1
    assert found > 8


@pytest.mark.parametrize("path", ["/api/v1/recommend", "/api/v1/check", "/api/v1/simulate"])
def test_the_example_of_the_description_works(client: TestClient, path: str) -> None:
    description = client.get("/api/openapi.json").json()["paths"][path]["post"]
    example = description["requestBody"]["content"]["application/json"]["example"]
    assert client.post(path, json=example).status_code == 200
