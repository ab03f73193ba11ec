"""Signed notes and checkpoints: those of others are read, and whatever is not exactly one is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock_verify.merkle import leaf_hash
from nexstock_verify.notes import Checkpoint, MalformedNote, NotSigned, PublicKey, from_base64, to_base64
from nexstock_verify.proofs import InclusionProof
from tests.support.signed_logs import LOG, Signer

_SIGNER = Signer()
_CHECKPOINT = Checkpoint(LOG, 20852163, leaf_hash(b"root"))
_NOTE = _SIGNER.note(_CHECKPOINT)


def test_the_reference_implementations_key_verifies_its_signature() -> None:
    # The example of golang.org/x/mod/sumdb/note, where the format comes from.
    key = PublicKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    encoded = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    signature = from_base64(encoded)
    assert signature[:4] == key.key_id
    assert key.verifies(text, signature[4:])
    assert not key.verifies(text + " ", signature[4:])
    assert key.signed(text, signature[4:]) == f"{text}\n\u2014 PeterNeumann {encoded}\n"


def test_a_key_is_read_as_it_is_written() -> None:
    assert PublicKey.parse(_SIGNER.public().text) == _SIGNER.public()


@given(place=st.integers(0, 200), character=st.characters(min_codepoint=33, max_codepoint=126))
def test_a_key_that_was_changed_is_refused(place: int, character: str) -> None:
    text = _SIGNER.public().text
    changed = text[: place % len(text)] + character + text[place % len(text) + 1 :]
    if changed != text:
        with pytest.raises(MalformedNote):
            PublicKey.parse(changed)


def test_a_checkpoint_is_read_as_it_is_written() -> None:
    lines = _NOTE.split("\n")
    assert lines[:4] == [LOG, "20852163", to_base64(_CHECKPOINT.root), ""]
    assert Checkpoint.open(_NOTE, [_SIGNER.public()]) == _CHECKPOINT


def test_a_checkpoint_is_believed_by_one_of_several_keys() -> None:
    former = Signer()
    assert Checkpoint.open(_NOTE, [former.public(), _SIGNER.public()]) == _CHECKPOINT
    with pytest.raises(NotSigned):
        Checkpoint.open(_NOTE, [former.public()])
    with pytest.raises(NotSigned):
        Checkpoint.open(_NOTE, [])


def test_a_witness_may_sign_too_and_is_not_needed() -> None:
    witness = Signer().public("witness.example")
    cosigned = _NOTE + witness.signed("", b"x" * 64)[1:]
    assert Checkpoint.open(cosigned, [_SIGNER.public()]) == _CHECKPOINT


def test_a_second_signature_of_the_key_that_fails_speaks_against_the_note() -> None:
    key = _SIGNER.public()
    with pytest.raises(NotSigned):
        Checkpoint.open(_NOTE + key.signed("", b"x" * 64)[1:], [key])


def test_a_key_of_another_log_does_not_sign_for_this_one() -> None:
    other = _SIGNER.public("api.nexstock.example/audit-logs/org_01JD0000000000000000000009")
    note = other.signed(_CHECKPOINT.text, _SIGNER.private.sign(_CHECKPOINT.text.encode()))
    for keys in ([other], [_SIGNER.public()], [other, _SIGNER.public()]):
        with pytest.raises(NotSigned):
            Checkpoint.open(note, keys)


@given(place=st.integers(0, len(_NOTE) - 1), character=st.characters(codec="utf-8"))
def test_a_note_that_was_changed_is_refused(place: int, character: str) -> None:
    changed = _NOTE[:place] + character + _NOTE[place + 1 :]
    if changed != _NOTE:
        with pytest.raises((MalformedNote, NotSigned)):
            Checkpoint.open(changed, [_SIGNER.public()])


@pytest.mark.parametrize(
    "text",
    [
        f"{LOG}\n020\n{to_base64(b'r' * 32)}\n",
        f"{LOG}\n-1\n{to_base64(b'r' * 32)}\n",
        f"{LOG}\n1e3\n{to_base64(b'r' * 32)}\n",
        f"{LOG}\n20\n{to_base64(b'r' * 31)}\n",
        f"{LOG}\n20\n",
        f"{LOG}\n20\n{to_base64(b'r' * 32)}\nextension\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    note = _SIGNER.public().signed(text, _SIGNER.private.sign(text.encode()))
    with pytest.raises(MalformedNote):
        Checkpoint.open(note, [_SIGNER.public()])


@given(st.text(max_size=300))
def test_any_text_is_refused_and_nothing_worse(text: str) -> None:
    for read in (PublicKey.parse, InclusionProof.parse):
        with pytest.raises(MalformedNote):
            read(text)
    with pytest.raises((MalformedNote, NotSigned)):
        Checkpoint.open(text, [_SIGNER.public()])


@given(index=st.integers(0, 10**17), path=st.lists(st.binary(min_size=32, max_size=32), max_size=5))
def test_a_proof_is_read_as_it_is_written(index: int, path: list[bytes]) -> None:
    proof = InclusionProof(index, tuple(path), _NOTE)
    assert InclusionProof.parse(proof.text) == proof
    assert proof.text.startswith("c2sp.org/tlog-proof@v1\nindex ")
