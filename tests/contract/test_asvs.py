"""ASVS 5.0, chapters V6 to V9: every requirement of level 1 and 2 that applies has a test that carries its id."""

from tests.support.asvs import marked_tests, requirements


def test_every_requirement_of_levels_1_and_2_that_applies_has_a_test() -> None:
    covered = marked_tests()
    missing = [each.id for each in requirements() if each.applies and each.level < 3 and each.id not in covered]
    assert missing == []


def test_what_does_not_apply_or_is_open_says_why() -> None:
    covered = marked_tests()
    silent = [each.id for each in requirements() if not each.note and (not each.applies or each.id not in covered)]
    assert silent == []


def test_no_test_claims_a_requirement_of_these_chapters_that_there_is_not() -> None:
    known = {each.id for each in requirements()}
    assert {each for each in marked_tests() if each[0] in "6789" and each[1] == "."} <= known
