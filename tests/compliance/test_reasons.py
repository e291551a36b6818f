import pytest

from compliance.masks import mask
from compliance.reasons import fault, without_addresses


@pytest.mark.parametrize(
    "reason",
    [
        "Ticket 482913",
        "Ticket 482913: says that nothing came",
        "Tickets 482913 and 482914 say the same",
        "Ticket #000482913, double order",
        "Order 4829130011 was charged twice",
        "Order 2026-1048-99812 was charged twice",
        "case no. 20261104-7: access request",
        "JIRA-12345 and SUP-20261104-0077 of legal",
        "Sent twice on 2026-11-24 at 10:15:00, why?",
        "Sent twice on 24.11.2026 10:15 and 24/11/2026",
        "Says we owe $1,250,000.00 or 12,345 refunds",
        "It was 129.90 and then 1299.00, says the shop",
        "Invoice 20261104123 cannot be found",
        "Customer 48291 is angry @ us, 3 times in 10 days",
        "Between 9 and 17, Monday to Friday 2026",
        "  spaces around it are no matter  ",
    ],
)
def test_a_reason_may_name_tickets_orders_dates_and_money(reason: str) -> None:
    assert fault(reason) == ""


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("", "at least 10"),
        ("complaint", "at least 10"),
        ("   complaint      ", "at least 10"),
        ("x" * 1_001, "at most 1,000"),
        ("Complaint\x00 about mail", "plain text"),
        ("Complaint of ada@example.com about mail", "e-mail"),
        ("Complaint of ada.l+x@mail.example.co.uk", "e-mail"),
        ("Complaint of ada@localhost", "e-mail"),
        ("Complaint of ada (at) example.com", "e-mail"),
        ("Complaint of ada[at]example.com", "e-mail"),
        ("Complaint of ada＠example.com", "e-mail"),
        ("Call +49 171 1234567 back", "phone"),
        ("Call +491711234567 back", "phone"),
        ("Call 0049 171 1234567 back", "phone"),
        ("Call 0171/1234567 back", "phone"),
        ("Call 01711234567 back", "phone"),
        ("Call (555) 010-0199 back", "phone"),
        ("Call 555-0199 back please", "phone"),
        ("Call 555.010.0199 back", "phone"),
        ("Call 5550100199 back", "phone"),
        ("Call ٠١٧١١٢٣٤٥٦٧ back", "phone"),
        ("Call ０１７１１２３４５６７ back", "phone"),
        ("Ticket 482913, call +44 20 7946 0958", "phone"),
    ],
)
def test_a_reason_with_an_address_or_a_phone_number_is_refused_and_told_the_way_out(reason: str, word: str) -> None:
    assert word in fault(reason)


@pytest.mark.parametrize(
    ("outside_id", "shown"),
    [
        ("ada@example.com", "a•••@example.com"),
        ("ad@example.com", "•••@example.com"),
        ("a@example.com", "•••@example.com"),
        ("a@b@example.com", "a•••@example.com"),
        ("+442079460989", "+44•••89"),
        ("+44 20 7946 0989", "+44•••89"),
        ("01711234567", "01•••67"),
        ("customer-17", "c•••"),
        ("48291", "4•••"),
        ("ab", "•••"),
        ("", "•••"),
        ("ada@", "a•••"),
    ],
)
def test_a_mask_shows_of_whom_without_who(outside_id: str, shown: str) -> None:
    assert mask(outside_id) == shown


def test_the_addresses_of_others_are_hidden() -> None:
    said = "From ada@example.com, <Bob.B+x@example.org>; q=cy%40example.net&to=ADA@example.com"
    assert without_addresses(said, but=["Ada@Example.com"]) == "From ada@example.com, <…>; q=…&to=ADA@example.com"
    assert without_addresses("at 10:00, 3 @ 4") == "at 10:00, 3 @ 4"
