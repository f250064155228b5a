"""The vault: sealed fields open in their own cell only, and erased people are gone from every file."""

from __future__ import annotations

import itertools
import sqlite3
from datetime import timedelta

import pytest
from tests.conftest import NOW

from fireline.errors import IntegrityError
from fireline.privacy import sealing
from fireline.store.models import Identity
from fireline.store.vault import Vault

pytestmark = pytest.mark.django_db
ROWS = [
    ("PA", "name", "王小明"),
    ("PA", "phone", "138 0000 1111"),
    ("PA", "id_no", "411624199001011234"),
    ("PB", "name", "李四"),
    ("PB", "phone", "+86 139-0000-2222"),
    ("PC", "name", "王小明"),
    ("PC", "address", "东街一号"),
]


@pytest.fixture
def vault(home):
    made = Vault(home)
    assert made.put(ROWS, at=NOW) == 7
    return made


def test_it_works(vault):
    assert vault.read("PA") == {"name": "王小明", "phone": "138 0000 1111", "id_no": "411624199001011234"}
    assert vault.read("nobody") == {}


def test_a_new_value_replaces_the_old_one(vault):
    vault.put([("PA", "phone", "13700003333"), ("PA", "name", " ")], at=NOW)
    assert vault.read("PA")["phone"] == "13700003333" and vault.read("PA")["name"] == "王小明"
    assert vault.find(column="phone", value="13800001111") == []


def test_whole_values_are_found_and_parts_are_not(vault):
    assert vault.find(column="phone", value="008613900002222") == ["PB"]
    assert vault.find(column="name", value="王小明") == ["PA", "PC"]
    assert vault.find(column="name", value="王") == [] and vault.find(column="phone", value="") == []
    with pytest.raises(ValueError, match="column"):
        vault.find(column="address", value="东街一号")
    with pytest.raises(ValueError, match="identity columns"):
        vault.put([("PA", "face", "x")], at=NOW)


def test_any_two_swapped_cells_fail(vault):
    cells = list(Identity.objects.order_by("id").values("id", "sealed", "key_id", "person_key"))
    for a, b in itertools.combinations(cells, 2):
        for move_key in (False, True):
            for x, y in ((a, b), (b, a)):
                change = {"sealed": y["sealed"], **({"key_id": y["key_id"]} if move_key else {})}
                Identity.objects.filter(pk=x["id"]).update(**change)
            for cell in (a, b):
                with pytest.raises(IntegrityError):
                    vault.read(cell["person_key"])
            for x in (a, b):
                Identity.objects.filter(pk=x["id"]).update(sealed=x["sealed"], key_id=x["key_id"])
    assert vault.read("PA")["name"] == "王小明"


def test_an_erased_person_cannot_be_read_from_an_old_copy(vault):
    copy = list(Identity.objects.filter(person_key="PA").values())
    assert vault.erase(["PA"]) == 1
    assert vault.read("PA") == {} and not Identity.objects.filter(person_key="PA").exists()
    Identity.objects.bulk_create([Identity(**row) for row in copy])  # a backup comes back
    assert vault.read("PA") == {}
    vault.put([("PA", "name", "new")], at=NOW)  # a new key does not open the old cells
    with pytest.raises(IntegrityError):
        vault.read("PA")
    assert vault.read("PB")["name"] == "李四"


def test_no_byte_of_an_erased_key_stays_in_the_file(home):
    vault = Vault(home)
    people = [f"P{i:03d}" for i in range(120)]
    vault.put([(p, "name", f"n{p}") for p in people], at=NOW)
    with sqlite3.connect(vault.key_file) as keys:
        wrapped = dict(keys.execute("SELECT person_key, wrapped FROM person"))
        keys.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    keys.close()
    raw = vault.key_file.read_bytes()
    assert all(blob in raw for blob in wrapped.values())
    assert vault.erase(people[:100]) == 100
    files = [vault.key_file, *vault.key_file.parent.glob("person_keys.sqlite3-*")]
    raw = b"".join(path.read_bytes() for path in files)
    assert sum(wrapped[p] in raw for p in people[:100]) == 0
    assert all(wrapped[p] in raw for p in people[100:])


def test_a_bucket_goes_as_a_whole(vault):
    later = NOW + timedelta(days=40)
    vault.put([("PD", "name", "赵六")], at=later)
    assert vault.erase_bucket(f"identity:{NOW:%Y-%m}") == 3
    assert vault.read("PA") == {} and vault.read("PD") == {"name": "赵六"}


def test_another_master_key_opens_nothing(vault):
    file = vault.home.keys / "master.key"
    file.chmod(0o600)
    file.write_bytes(bytes(32))
    with pytest.raises(IntegrityError, match="master"):
        vault.read("PA")


def test_the_key_file_and_the_database_hold_no_plain_text(vault):
    everything = vault.key_file.read_bytes() + b"".join(
        bytes(row.sealed) + row.blind_index.encode() for row in Identity.objects.all()
    )
    for _, _, value in ROWS:
        assert value.encode() not in everything
    assert vault.key_file.stat().st_mode & 0o077 == 0


def test_repr_shows_nothing(vault):
    assert repr(vault) == "Vault(...)"


def test_a_changed_byte_is_found(vault):
    row = Identity.objects.get(person_key="PB", column="name")
    for i in (0, sealing.NONCE_BYTES, len(row.sealed) - 1):
        raw = bytearray(row.sealed)
        raw[i] ^= 1
        Identity.objects.filter(pk=row.pk).update(sealed=bytes(raw))
        with pytest.raises(IntegrityError):
            vault.read("PB")
