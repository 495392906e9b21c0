"""The edit's fingerprint: what is added to the document makes no draft stale that was made before."""

from uuid import UUID

import pytest

from models.edit import AudioLevels, CaptionStyle, Crop, Cut, Edit, EndCard, LogoFile, Overlays

FOOTAGE = UUID("6f1f2c1e-0f5a-4d53-9b0e-6d0c3f6d2a11")

PLAIN = Edit(cuts=(Cut(footage_id=FOOTAGE, start_s=1.0, end_s=3.5),))
FULL = Edit(
    cuts=(
        Cut(footage_id=FOOTAGE, start_s=1.0, end_s=3.5, crop=Crop(x=0.25)),
        Cut(footage_id=FOOTAGE, start_s=5.0, end_s=6.0),
    ),
    script="Slow down.",
    captions=CaptionStyle(text_colour="#FFFFEE"),
    audio=AudioLevels(original_db=-3),
)


@pytest.mark.parametrize(
    ("edit", "fingerprint"),
    [
        (PLAIN, "4c37a66fe6f3add1c7c5389cf87f69dbbe9357dc8d107f1cbb83a91a2a67069a"),
        (FULL, "3411b40cda07efdf721e3aa06f35142723182212b4a4b96d2f0bc60bc0fc99c0"),
    ],
)
def test_an_edit_from_before_overlays_keeps_its_fingerprint(edit: Edit, fingerprint: str) -> None:
    # given what was computed before edits had overlays, also for documents that were stored then
    stored = edit.model_dump(mode="json", exclude={"overlays"})

    assert edit.fingerprint == fingerprint
    assert Edit.model_validate(stored).fingerprint == fingerprint
    assert Edit.model_validate(edit.model_dump(mode="json")).fingerprint == fingerprint


def test_each_part_of_the_brand_makes_another_edit() -> None:
    logo = LogoFile(id=FOOTAGE, sha256="a" * 64)
    brands = [
        None,
        Overlays(card=EndCard()),
        Overlays(card=EndCard(text="Order today")),
        Overlays(card=EndCard(primary_colour="#123456")),
        Overlays(logo=logo, card=EndCard()),
        Overlays(logo=logo, corner="top left"),
        Overlays(logo=logo, corner="top right"),
        Overlays(logo=logo.model_copy(update={"sha256": "b" * 64}), corner="top right"),
    ]

    edits = [PLAIN.model_copy(update={"overlays": brand}) for brand in brands]

    assert len({edit.fingerprint for edit in edits}) == len(edits)
    assert all(Edit.model_validate(edit.model_dump(mode="json")) == edit for edit in edits)
