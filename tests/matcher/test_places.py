"""Which of the names of places in an enquiry say where it is asked about."""

from __future__ import annotations

import pytest

from matcher.retrieve.places import asked_places, place_names
from matcher.retrieve.query import Reader
from policies.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("成都的人才公寓怎么申请", ["成都"]),
        ("杭州市给大学生的生活补贴", ["杭州市"]),
        ("在南京开的软件公司，增值税返还", ["南京"]),
        ("苏州注册的小公司能到杨浦区领吗", ["苏州", "杨浦区"]),
        # streets and quarters named after cities
        ("在鞍山新村开了家面馆", []),
        ("开在四平路的设计所", []),
        ("大连路上的小店，延吉东路也有一家", []),
        ("南京西路一百号的公司搬到杨浦", ["杨浦"]),
        ("鞍山三村的老房子", []),
        # schools, banks, hospitals
        ("浙江大学毕业想创业", []),
        ("北京大学生创业补贴", ["北京"]),
        ("北京银行的贷款", []),
        ("在中山医院做医生", []),
        # where somebody is from, or sells to
        ("男朋友江西人，今年硕士念完", []),
        ("江西人才补贴", ["江西"]),
        ("湖南妹子，在上海读的硕士", []),
        ("从武汉考到上海交大", ["上海"]),
        ("老家贵州的，浦西一家公司要他了", []),
        ("安徽身份证，孩子要考大学", []),
        ("成都博士生活补贴", ["成都"]),
        ("合肥户口南京毕业，七月来上海报到", ["上海"]),
        ("把配方教给浙江的厂", []),
        ("第一台卖给了江西的一家医院", []),
        # ordinary words
        ("东方英才青年项目", []),
        ("租阿里云的卡", []),
        ("朝阳产业，朝阳区的公司", ["朝阳区"]),
        ("长三角通用的券", []),
        ("", []),
    ],
)
def test_asked_places(text: str, asked: list[str], words: Vocabulary) -> None:
    assert asked_places(text, place_names(words)) == asked


def test_streets_of_the_district_are_not_cities(words: Vocabulary) -> None:
    streets = "四平路 鞍山路 大连路 平凉路 兰州路 延吉中路 长春路 本溪路 抚顺路 营口路 沈阳路 赤峰路 铁岭路 阜新路 通北路 海州路 许昌路 辽源东路"
    reader = Reader(words, "310110")
    assert [street for street in streets.split() if reader.read(f"我在{street}开了一家小店").regions] == []
