"""docs/tour.md: every command is run, in order, and prints what the page says."""

from anonlint.dev import gen_tour

TOUR = (gen_tour.ROOT / gen_tour.PATH).read_text()


def test_every_command_of_the_tour_prints_what_it_says() -> None:
    assert len(gen_tour.commands(TOUR)) >= 20
    assert gen_tour.filled(TOUR) == TOUR, "stale or wrong: see what ./run docs changes"


def test_nothing_in_the_tour_is_a_failure_of_the_tool() -> None:
    assert "internal error" not in TOUR and "Traceback" not in TOUR and "command not found" not in TOUR
