"""Notices of usual kinds, written for the tests, with what is read from them."""

from __future__ import annotations

import pytest

from policies.extract.extract import extract_document
from policies.read.reader import document_from_text
from tests.policies.extract.reading import figures, tree

VOUCHER = """关于开展2025年度杨浦区科技创新券申报工作的通知
各有关单位：
为支持企业创新，现将申报事项通知如下：
一、支持对象
（一）在杨浦区依法注册、具有独立法人资格的科技型中小企业；
（二）职工总数不超过500人，上年度营业收入不超过2亿元；
（三）近三年未被列入严重失信主体名单。
二、支持标准
按实际发生费用的50%给予支持，每家企业每年最高不超过10万元。
三、申报时间
2025年3月1日至3月31日。
四、申报材料
1.申报表；
2.营业执照复印件。
上海市杨浦区科学技术委员会
2025年2月20日"""

RESIDENCE = """上海市人才引进落户实施办法
第一章 总则
第一条 为吸引人才，制定本办法。
第二章 条件
第五条 用人单位引进的人才符合下列条件之一的，可以申办本市常住户口：
（一）具有博士研究生学历或者高级专业技术职称的人员；
（二）年龄不超过40周岁，具有大学本科学历的人员。
第六条 有下列情形之一的，不予受理：
（一）有刑事犯罪记录的；
（二）提供虚假材料的。
第三章 附则
第十条 本办法自2020年12月1日起施行，有效期至2025年11月30日。"""

HEADQUARTERS = """杨浦区关于促进总部经济发展的若干政策
第一条 对新认定的跨国公司地区总部，给予一次性开办资助500万元，分三年按40%、30%、30%的比例发放。
第二条 对租赁自用办公用房的总部企业，按实际租金的30%给予三年租房补贴，每年最高不超过100万元。
第三条 对年度营业收入首次超过10亿元、50亿元的总部企业，分别给予50万元、100万元奖励。
第四条 本政策自2025年1月1日起施行，有效期五年。"""

QUESTIONS = """创业担保贷款政策问答
1.什么人可以申请个人创业担保贷款？
答：年龄在16周岁以上，并在上海市创办小微企业或个体工商户的创业者可以申请。
2.个人创业担保贷款额度是多少？
答：最高不超过50万元。
3.贷款期限多长？
答：贷款期限最长不超过3年。
4.贴息政策是什么？
答：按贷款基准利率的50%给予贴息。"""

PARTS = """就业困难人员社会保险补贴
一、补贴对象
本市登记的就业困难人员。
二、补贴条件
用人单位招用就业困难人员，签订1年以上劳动合同。
三、补贴标准
按本市职工社会保险缴费基数下限的50%给予补贴，补贴期限最长不超过3年。
四、办理流程
用人单位向注册地所在区就业促进中心提出申请。"""

MEASURES = """关于支持中小企业平稳发展的若干措施
一、减轻企业负担
（一）减免房租。对承租国有经营用房的中小企业，免收3个月房租、3个月租金减半。
（二）缓缴社保。对生产经营困难的企业，可缓缴社会保险费，缓缴期限不超过6个月。
二、强化金融支持
（三）对小微企业新增贷款，按实际利息的30%给予贴息，贴息期限不超过1年，单户最高20万元。"""

ELDERS = """广州市长者长寿保健金发放指南
一、发放对象
具有本市户籍且年满70周岁的老年人。
二、发放标准
（一）70-79周岁每人每月30元；
（二）80周岁及以上每人每月100元。
三、申请程序
本人向户籍所在地街道办事处提出申请。"""

HOUSING = """广州市新就业无房职工公共租赁住房保障申请指南
一、申请条件
申请人应当同时符合下列条件：
（一）具有大学专科及以上学历或中级及以上职业技术资格，且毕业不超过6年；
（二）在本市连续缴纳社会保险6个月以上；
（三）年龄在18周岁以上、35周岁以下；
（四）申请人及其配偶、未成年子女在本市无自有产权住房，且当前未享受本市其他住房保障；
（五）上年度个人年收入不超过15万元。
二、保障方式
租赁合同期限不超过3年。"""

INTERNS = """关于开展青年就业见习工作的通知
一、见习对象
毕业2年内未就业的高校毕业生。
二、见习期限
见习期限为3至12个月。
三、见习补贴
对吸纳青年参加就业见习的单位，按照本市最低工资标准的80%给予见习补贴。
四、申请渠道
登录国家政务服务平台申请。"""

READINGS = {
    "elders": (
        ELDERS,
        [("all(hukou_region within_region 440100; age >= 70)", ["monthly amount=30", "monthly amount=100"])],
    ),
    "housing": (
        HOUSING,
        [
            (
                (
                    "all(any(education >= associate; professional_title >= intermediate); graduation_years <= 6; "
                    "social_insurance_region within_region 440100; social_insurance_months >= 6; age >= 18; age <= 35; "
                    "owns_local_home is_false; has_other_housing_support is_false; annual_income <= 150000)"
                ),
                ["term months=36"],
            )
        ],
    ),
    "interns": (INTERNS, [("all(groups contains_any 高校毕业生; graduation_years <= 2)", ["rate rate=0.8"])]),
    "voucher": (
        VOUCHER,
        [
            (
                (
                    "all(registered_region within_region 310110; certifications contains_any 科技型中小企业; employees <= 500; "
                    "annual_revenue <= 200000000; has_bad_credit is_false)"
                ),
                ["rate rate=0.5 cap=100000 cap_per=year"],
            )
        ],
    ),
    "residence": (
        RESIDENCE,
        [
            (
                (
                    "all(any(education >= doctor; professional_title >= associate_senior; all(age <= 40; education >= bachelor)); "
                    "not(«有刑事犯罪记录的»); not(«提供虚假材料的»))"
                ),
                ["service when=上海市人才引进落户"],
            )
        ],
    ),
    "headquarters": (
        HEADQUARTERS,
        [
            (
                "all(registered_region within_region 310110; certifications contains_any 跨国公司地区总部)",
                ["lump_sum amount=5000000"],
            ),
            (None, ["rate rate=0.3 cap=1000000 months=36 cap_per=year"]),
            (None, ["lump_sum amount=500000", "lump_sum amount=1000000"]),
        ],
    ),
    "questions": (
        QUESTIONS,
        [
            (
                (
                    "all(age >= 16; registered_region within_region 310000; is_founder is_true; "
                    "any(enterprise_size in micro|small; organisation_type in sole_proprietor))"
                ),
                ["cap cap=500000 cap_per=total", "term months=36", "rate rate=0.5"],
            )
        ],
    ),
    "parts": (PARTS, [(None, ["rate rate=0.5 months=36"])]),
    "measures": (
        MEASURES,
        [
            (None, ["rate rate=1 months=3", "rate rate=0.5 months=3"]),
            (None, ["term months=6"]),
            (None, ["rate rate=0.3 cap=200000 months=12 cap_per=total"]),
        ],
    ),
}


@pytest.mark.parametrize("name", list(READINGS))
def test_notice(name: str) -> None:
    text, expected = READINGS[name]
    schemes = extract_document(document_from_text(text)).schemes
    assert [[figures(benefit) for benefit in scheme.benefits] for scheme in schemes] == [benefits for _, benefits in expected]
    for scheme, (conditions, _) in zip(schemes, expected, strict=True):
        if conditions is not None:
            assert tree(scheme.conditions) == conditions


def test_application_terms() -> None:
    (scheme,) = extract_document(document_from_text(VOUCHER)).schemes
    assert (scheme.instrument, scheme.apply_window) == ("voucher", "2025年3月1日至3月31日")
    (scheme,) = extract_document(document_from_text(PARTS)).schemes
    assert (scheme.instrument, scheme.apply_where) == ("social_insurance_subsidy", "注册地所在区就业促进中心")
