"""Invented names of places and people, in Chinese with their spelling; none is taken from a real list.

Drill: read by the synthetic county; the same generator always gives the same names.
"""

from __future__ import annotations

import numpy as np

_FIRST = (
    "青 Qing,云 Yun,石 Shi,柳 Liu,松 Song,白 Bai,长 Chang,竹 Zhu,霞 Xia,北 Bei,"
    "南 Nan,古 Gu,安 An,清 Qing,望 Wang,双 Shuang,"
    "月 Yue,金 Jin,红 Hong,平 Ping,槐 Huai,枫 Feng,梅 Mei,凤 Feng,龙 Long,宁 Ning,和 He,永 Yong"
)
_SECOND = (
    "泉 quan,桥 qiao,河 he,塘 tang,岭 ling,坪 ping,湾 wan,店 dian,庄 zhuang,溪 xi,"
    "坡 po,渡 du,井 jing,原 yuan,台 tai,"
    "林 lin,田 tian,浦 pu,川 chuan,谷 gu,洲 zhou,堡 bao,关 guan,岗 gang,口 kou,沟 gou,峪 yu,阁 ge"
)
_SURNAMES = tuple("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜")
_GIVEN = tuple("安博晨岱恩帆谷涵嘉凯岚明宁欧鹏清然思桐文晓雅泽舟静远宇欣悦航")


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(word.split()[0], word.split()[1]) for word in text.split(",")]


def place_names(n: int, *, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Names of places as (Chinese, spelling), all different up to the number of combinations (784).

    Parameters
    ----------
    n : int, how many; beyond the combinations a number is added
    rng : numpy Generator
    """
    first, second = _pairs(_FIRST), _pairs(_SECOND)
    total = len(first) * len(second)
    order = rng.permutation(total)
    names = []
    for k in range(n):
        a, b = divmod(int(order[k % total]), len(second))
        zh, en = first[a][0] + second[b][0], first[a][1] + second[b][1]
        turn = k // total
        names.append((zh, en) if not turn else (f"{zh}{turn + 1}", f"{en} {turn + 1}"))
    return names


def person_names(n: int, *, rng: np.random.Generator) -> list[str]:
    """Invented full names; they repeat, as real ones do."""
    surname = rng.integers(0, len(_SURNAMES), n)
    one = rng.integers(0, len(_GIVEN), n)
    two = rng.integers(-len(_GIVEN), len(_GIVEN), n)  # about half have one given character
    return [
        _SURNAMES[s] + _GIVEN[a] + (_GIVEN[b] if b >= 0 else "")
        for s, a, b in zip(surname.tolist(), one.tolist(), two.tolist(), strict=True)
    ]
