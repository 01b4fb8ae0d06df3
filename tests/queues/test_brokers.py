"""A broker that is missing is never passed over silently, and one that is named is reached as it is named."""

import pytest

from tests.brokers import Reach, missing, named


def test_a_missing_broker_is_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no RabbitMQ"):
        missing("there is no RabbitMQ")


def test_a_missing_broker_is_a_visible_skip_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no RabbitMQ"):
        missing("there is no RabbitMQ")


def test_a_named_broker_is_taken_apart_with_its_user_info() -> None:
    assert named("amqp://anna:pass%40word@broker:5673/a%2Fb") == Reach("broker", 5673, "anna", "pass@word", "a/b")
    assert named("amqp://127.0.0.1") == Reach("127.0.0.1", 5672, "guest", "guest")
