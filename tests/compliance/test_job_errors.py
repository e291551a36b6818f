"""What of an error is kept names its cause, and nobody's data."""

import pytest
from django.db import DatabaseError, connection, transaction

from compliance.job_errors import told
from compliance.jobs import JobFailedError

ANNA = "anna@example.com"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("no such month"), "ValueError: no such month"),
        (KeyError(ANNA), "KeyError: …"),
        (ValueError(f"invalid literal for int(): '{ANNA}'"), "ValueError: invalid literal for int(): …"),
        (RuntimeError(f"{ANNA} of +49 30 901820 can't be found"), "RuntimeError: … of … can't be found"),
        (JobFailedError('opens of "spring" are 3, not 2'), 'opens of "spring" are 3, not 2'),
    ],
)  # fmt: skip
def test_what_an_error_quotes_is_left_out(error: Exception, text: str) -> None:
    assert told(error) == text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "text"),
    [
        (
            f"CREATE TEMP TABLE one (a text CONSTRAINT one_mail UNIQUE); INSERT INTO one VALUES ('{ANNA}'), ('{ANNA}')",
            'IntegrityError: duplicate key value violates unique constraint "one_mail" (23505)',
        ),
        (f"SELECT '{ANNA}'::int", "DataError: invalid input syntax for type integer: … (22P02)"),
        ("SELECT * FROM nowhere", 'ProgrammingError: relation "nowhere" does not exist (42P01)'),
    ],
)
def test_the_rows_that_the_database_quotes_are_left_out(sql: str, text: str) -> None:
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert ANNA in str(caught.value) or "nowhere" in str(caught.value)
    assert told(caught.value) == text
