"""The configuration as a file: out, in, compared, and refused as a whole where a part is wrong."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from appliance.adapters.speech import Speech
from appliance.core.entities.prompts import Audio, Prompt
from appliance.core.site import Site
from appliance.core.site_yaml import SiteFileError
from appliance.services.entities import SiteChanges, replace_site
from appliance.services.prompts import Prompts
from appliance.services.site_files import diff_site, export_site, import_site, read_site_file, render_stored_site
from appliance.store.configuration import load_status
from appliance.store.db import Database
from appliance.store.site import load_site
from appliance.store.tables.configuration import UploadRow
from tests.app.test_prompts import a_wav
from tests.sites import a_site


@pytest.fixture
def prompts(database: Database, tmp_path: Path) -> Prompts:
    return Prompts(database, Speech(), tmp_path / "prompts")


async def stored(database: Database) -> Site:
    async with database.reading() as tx:
        return await load_site(tx)


async def wanted(database: Database) -> int:
    async with database.reading() as tx:
        return (await load_status(tx, "local")).wanted


async def store(database: Database, site: Site) -> None:
    async with database.transaction() as tx:
        await replace_site(tx, site, by="test", summary="test")


async def test_a_file_comes_back_as_the_same_site(database: Database, prompts: Prompts, tmp_path: Path) -> None:
    await store(database, a_site())
    before, path = await stored(database), tmp_path / "site.yml"
    await export_site(database, path)
    assert path.stat().st_mode & 0o777 == 0o600
    await store(database, Site())
    changes = await import_site(database, path, prompts=prompts, by="admin")
    assert len(changes.added) == sum(1 for _ in before.entities())
    assert await stored(database) == before


async def test_importing_the_same_again_raises_no_generation(
    database: Database, prompts: Prompts, tmp_path: Path
) -> None:
    await store(database, a_site())
    await export_site(database, tmp_path / "site.yml")
    before = await wanted(database)
    assert await import_site(database, tmp_path / "site.yml", prompts=prompts, by="a") == SiteChanges([], [], [])
    assert await wanted(database) == before
    assert await diff_site(database, tmp_path / "site.yml", prompts=prompts) == ""


async def test_sounds_travel_beside_the_file(database: Database, prompts: Prompts, tmp_path: Path) -> None:
    sha256 = await prompts.save_upload("hi.wav", a_wav(tmp_path / "hi.wav"))
    await store(database, Site(prompts={"hi": Prompt(key="hi", name="Hi", audio={"en": Audio(upload=sha256)})}))
    before = await stored(database)
    folder = tmp_path / "out"
    folder.mkdir()
    await export_site(database, folder / "site.yml")
    assert f"file: site.audio/{sha256}.wav" in (folder / "site.yml").read_text()
    assert (folder / "site.audio" / f"{sha256}.wav").read_bytes() == (tmp_path / "hi.wav").read_bytes()
    async with database.transaction() as tx:
        await tx.delete(await tx.get_one(UploadRow, sha256))
    await store(database, Site())
    await import_site(database, folder / "site.yml", prompts=prompts, by="admin")
    assert await stored(database) == before
    async with database.reading() as tx:
        assert (await tx.execute(select(func.count()).select_from(UploadRow))).scalar_one() == 1


async def test_secrets_that_are_left_out_are_kept(database: Database, prompts: Prompts, tmp_path: Path) -> None:
    await store(database, a_site())
    before = await stored(database)
    await export_site(database, tmp_path / "site.yml", secrets=False)
    assert "secret-1001" not in (tmp_path / "site.yml").read_text()
    assert await diff_site(database, tmp_path / "site.yml", prompts=prompts) == ""
    await import_site(database, tmp_path / "site.yml", prompts=prompts, by="admin")
    assert await stored(database) == before


async def test_a_difference_is_readable_and_tells_no_secret(
    database: Database, prompts: Prompts, tmp_path: Path
) -> None:
    await store(database, a_site())
    path = tmp_path / "site.yml"
    text = await render_stored_site(database)
    edited = text.replace("secret: secret-1002", "secret: changed").replace("name: Sales", "name: Verkauf")
    path.write_text(edited)
    found = (await diff_site(database, path, prompts=prompts)).splitlines()
    changed = [line for line in found if line[0] in "+-"]
    assert changed == [
        "--- database",
        f"+++ {path}",
        "-    secret: '********'",
        "+    secret: '******** (new)'",
        "-    name: Sales",
        "+    name: Verkauf",
    ]


@pytest.mark.parametrize(
    ("sound", "expected"),
    [
        ("../outside.wav", "is no sound file beside this one"),
        ("/etc/passwd", "is no sound file beside this one"),
        ("missing.wav", "is no sound file beside this one"),
        ("a\\0b", "is no sound file beside this one"),
        ("link.wav", "is no sound file beside this one"),
        ("text.wav", "Allowed are WAV, MP3, OGG (Vorbis)"),
    ],
)
async def test_a_sound_that_cannot_be_taken(
    database: Database, prompts: Prompts, tmp_path: Path, sound: str, expected: str
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "outside.wav").write_bytes(b"RIFF")
    (folder / "link.wav").symlink_to(tmp_path / "outside.wav")
    (folder / "text.wav").write_text("hello")
    path = folder / "site.yml"
    path.write_text(f'prompts:\n  hi:\n    name: Hi\n    audio:\n      en: {{file: "{sound}"}}\nqueues: 1\n')
    with pytest.raises(SiteFileError) as refused:
        await import_site(database, path, prompts=prompts, by="admin")
    first, second = refused.value.problems
    assert (first.line, first.path) == (5, ("prompts", "hi", "audio", "en", "file"))
    assert expected in first.text()
    assert second.path == ("queues",)


async def test_an_upload_that_nobody_made_is_refused(database: Database, prompts: Prompts, tmp_path: Path) -> None:
    path = tmp_path / "site.yml"
    path.write_text("prompts:\n  hi: {name: Hi, audio: {en: {upload: " + "ab" * 32 + "}}}\n")
    with pytest.raises(SiteFileError, match="never uploaded here"):
        await read_site_file(database, path, prompts)


async def test_a_bad_file_changes_nothing(database: Database, prompts: Prompts, tmp_path: Path) -> None:
    await store(database, a_site())
    before, generation = await stored(database), await wanted(database)
    path = tmp_path / "site.yml"
    path.write_text((await render_stored_site(database)).replace("agent: luis", "agent: nobody"))
    with pytest.raises(SiteFileError, match="'nobody' does not exist in agents; there are: ana, luis"):
        await import_site(database, path, prompts=prompts, by="admin")
    assert await stored(database) == before
    assert await wanted(database) == generation


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
async def test_a_file_that_cannot_be_read(
    database: Database, prompts: Prompts, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "site.yml").write_bytes(content)
    with pytest.raises(SiteFileError, match=r"site.yml:1: (is not text in UTF-8|cannot be read: No such file)"):
        await read_site_file(database, tmp_path / "site.yml", prompts)
