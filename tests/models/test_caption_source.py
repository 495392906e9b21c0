"""Where a clip without a script has its captions from, set by a person before anybody listens."""

import pytest

from models.clip_edits import set_caption_source, set_script
from models.edit import HeardFootage, OwnSpeech
from models.errors import BadInput
from tests.models.shelf import Shelf


def test_speech_is_wanted_and_not_wanted_again(shelf: Shelf) -> None:
    before = shelf.edit()
    with shelf.writing() as session:
        set_caption_source(session, shelf.clip_id, "speech")
    assert shelf.edit().speech == OwnSpeech()
    with shelf.writing() as session:
        set_caption_source(session, shelf.clip_id, "none")
    assert shelf.edit() == before


def test_what_was_heard_already_stays(shelf: Shelf) -> None:
    heard = OwnSpeech(heard=(HeardFootage(footage_id=shelf.footage_ids[0], transcript_id=None),))
    shelf.set_edit(shelf.edit().model_copy(update={"speech": heard}))
    with shelf.writing() as session:
        set_caption_source(session, shelf.clip_id, "speech")
    assert shelf.edit().speech == heard


def test_a_script_has_to_go_first(shelf: Shelf) -> None:
    with shelf.writing() as session:
        set_script(session, shelf.clip_id, "Come and see.")
    with pytest.raises(BadInput, match="brings its own captions"), shelf.writing() as session:
        set_caption_source(session, shelf.clip_id, "speech")
    with shelf.writing() as session:
        set_script(session, shelf.clip_id, None)
        set_caption_source(session, shelf.clip_id, "speech")
    assert shelf.edit().speech == OwnSpeech()
