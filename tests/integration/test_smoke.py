"""A call that is transferred, from the initial webhook to the record."""

from laptop import SESSION, Laptop, dial


def test_a_referred_call_is_dialled_recorded_and_concluded(laptop: Laptop) -> None:
    laptop.entry("+18005550100", dial=[{"sip": "sip:agenta@pbx.example.com"}])
    laptop.entry("agentb", dial=[{"sip": "sip:agentb@pbx.example.com"}])
    first = laptop.call()
    second = laptop.refer("<sip:agentb@pbx.example.com>", dial(first).attrib["referUrl"])
    for sequence, status in enumerate(["initiated", "ringing", "in-progress", "completed"]):
        leg = laptop.leg(second, status, sequence=sequence, CallDuration="42")
        assert leg.status == 204
    record = laptop.record(1)
    assert (record["outcome"], record["ring_seconds"], record["talk_seconds"]) == (
        "answered",
        10,
        42,
    )
    [line] = laptop.lines("transfer")
    assert (line["session"], line["outcome"]) == (SESSION, "answered")
