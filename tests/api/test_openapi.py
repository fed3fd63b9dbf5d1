"""The OpenAPI document is valid, and what is served is what it says."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from support.api import Api
from support.client import new_tag
from support.daemon import ROOT, SLOW
from support.serving import STORES, serving

SECONDS = 60


# One that nobody else asks: made-up requests change rules, limits and keys that others count on.
@pytest.fixture(scope="module", params=STORES)
def own(request, tmp_path_factory, provider):
    with serving(request.param, tmp_path_factory.mktemp("openapi"), provider) as made:
        yield made


def test_document_is_valid_openapi_3_1(own):
    document = Api(own.admin_port, None).get("/openapi.json")
    errors = list(OpenAPIV31SpecValidator(document).iter_errors())
    assert not errors, [error.message[:200] for error in errors[:5]]
    assert document["openapi"].startswith("3.1")
    served = (ROOT / "src" / "api" / "openapi.json").read_bytes()
    assert Api(own.admin_port, None).ask("GET", "/openapi.json").body == served


# What ends the run's own access, or changes what other tests count on, is left out; writes go to things that are made for it.
LEFT_OUT = ["/live", "/login", "/logout", "/me/password", "/settings/base_urls/{provider}", "/settings/credentials/{provider}", "/members/{id}", "/tokens/{id}", "/org"]


@pytest.mark.timeout((SECONDS + 60) * SLOW)
def test_answers_keep_to_the_document(own, api, ask, rows_in, tmp_path):
    tag = new_tag()
    for _ in range(3):
        ask(tag)
    rows_in(tag, 3)
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"http://127.0.0.1:{own.admin_port}/api/v1/openapi.json",
               "--url", f"http://127.0.0.1:{own.admin_port}/api/v1", "-H", f"Authorization: Bearer {api.token}",
               "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
               "--phases", "examples,coverage,fuzzing", "--max-time", str(SECONDS), "--max-examples", "12", "--seed", "7", "--workers", "1", "--no-color",
               "--request-timeout", "20", "--suppress-health-check", "all", "--generation-database", "none"]
    for path in LEFT_OUT:
        command += ["--exclude-path", path]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=(SECONDS + 40) * SLOW, env=os.environ | {"NO_COLOR": "1"})
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert own.alive()
