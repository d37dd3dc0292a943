"""The API keeps to its description, whatever it is asked: requests are made up from the description itself."""

import json

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from analytics.collect.track import track
from productops.lib.models import ApiToken, Role, User

EXAMPLES = 25
# Over JSON, for which dates and choices are text as they are in the committed description.
DESCRIPTION = json.loads(json.dumps(SchemaGenerator().get_schema(public=True), default=str))
OPERATIONS = [(path, method) for path, operations in DESCRIPTION["paths"].items() for method in operations]


@pytest.fixture
def api(db):
    """The API with a little behind it, and the right to use it."""
    for number in range(3):
        track("video_created", user_id=f"person-{number}", properties={"seconds": number}, account="team")
    user = User.objects.create_user("schemathesis", role=Role.ADMIN)
    _, token = ApiToken.issue(user=user, name="test", role=Role.ADMIN)
    schema = schemathesis.openapi.from_dict(DESCRIPTION)
    schema.app = get_wsgi_application()
    schema.config.update(headers={"Authorization": f"Bearer {token}"})
    return schema


@pytest.mark.slow
@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda part: part)
def test_every_endpoint_keeps_to_its_description(api, path, method):
    @given(case=api[path][method].as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def keeps(case):
        # A description can't say that one day must not be after another: such requests are rightly refused.
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    keeps()
